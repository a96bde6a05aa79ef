import type { Request } from "express";
import type { z } from "zod";
import { InvalidRequestError } from "../errors.ts";

/**
 * Reads the fields of a form by the route's own schema.
 * Throws `InvalidRequest`, whose detail names each field that cannot be read.
 */
export function parseForm<T>(schema: z.ZodType<T>, { body }: Pick<Request, "body">): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new InvalidRequestError(problems.join(" "), {
    next: { href: "/setup", label: "Back to the set-up page" },
  });
}
