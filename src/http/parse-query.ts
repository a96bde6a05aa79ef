import type { Request } from "express";
import { z } from "zod";
import { InvalidRequestError } from "../errors.ts";

/**
 * Reads the query string by the route's own schema.
 * Throws `InvalidRequest`, whose detail names each parameter that cannot be read and what would be right.
 */
export function parseQuery<T>(schema: z.ZodType<T>, { query }: Pick<Request, "query">): T {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  throw new InvalidRequestError(problems.join(" "));
}

/**
 * Something the caller said, which the receptionist may not have asked for: a blank one, and a placeholder that Upfirst
 * left unfilled (`{{name}}`), count as not given.
 */
export function saidParameter() {
  return textParameter(LONGEST_SAID)
    .optional()
    .transform((text) => {
      const said = text?.trim() ?? "";
      return said === "" || /^\{\{.*\}\}$/.test(said) ? null : said;
    });
}

const LONGEST_SAID = 500;
const LONGEST_TEXT = 10_000;

/**
 * One parameter that holds text: given once, or not at all.
 * @param longest in characters
 */
export function textParameter(longest = LONGEST_TEXT) {
  return z
    .string({
      error: ({ input }) => (Array.isArray(input) ? "give it once." : "this parameter is required."),
    })
    .max(longest, { error: "this is far longer than it can be." });
}
