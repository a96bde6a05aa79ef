import type { Request } from "express";
import type { z } from "zod";
import { InvalidRequestError } from "../errors.ts";

/** The link on the page that shows an error in a form. */
const BACK_TO_SETUP = { href: "/setup", label: "Back to setup" };

/**
 * Reads the query string by the route's schema. The schema's messages continue a sentence that begins with the parameter's
 * name: "is required."
 * Throws `InvalidRequestError`, whose detail names each invalid parameter and says what would be right.
 */
export function parseQuery<T>(schema: z.ZodType<T>, { query }: Pick<Request, "query">): T {
  return parseInput(schema, query);
}

/** Reads a JSON body as `parseQuery` reads the query string. Comes after a body parser. */
export function parseBody<T>(schema: z.ZodType<T>, { body }: { readonly body?: unknown }): T {
  return parseInput(schema, body);
}

/**
 * Reads a form as `parseQuery` reads the query string.
 * @param next the link on the error page
 */
export function parseForm<T>(schema: z.ZodType<T>, { body }: Pick<Request, "body">, next = BACK_TO_SETUP): T {
  return parseInput(schema, body, { next });
}

function parseInput<T>(
  schema: z.ZodType<T>,
  input: unknown = {},
  options: { next?: typeof BACK_TO_SETUP } = {},
): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`.trim());
  throw new InvalidRequestError(problems.join(" "), options);
}
