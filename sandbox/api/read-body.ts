import type { Request } from "express";
import { z } from "zod";
import { argumentError, unprocessable } from "./clio-error.ts";
import { readData } from "./json-body.ts";

/**
 * The `data` of a body, checked by a schema. Throws a 400 for a property that Clio doesn't have, and a 422 that names
 * the property for an invalid value.
 */
export function readBody<Output>(request: Request<object>, schema: z.ZodType<Output>): Output {
  const { data, error } = schema.safeParse(readData(request));
  if (!error) return data;
  const unknown = error.issues.find(({ code }) => code === "unrecognized_keys");
  if (unknown) throw argumentError(`${unknown.message}.`);
  const [issue] = error.issues;
  throw unprocessable(`${issue?.path.join(".")} ${issue?.message}.`);
}

/** Text that isn't blank. */
export const Text = z
  .string({ error: ({ input }) => (input === undefined ? "can't be blank" : "must be a string") })
  .refine((text) => text.trim() !== "", "can't be blank");

export const Id = z.int({ error: "must be an integer" });

/** A reference to another record, `{"id":5}`. */
export const Reference = z.strictObject({ id: Id }, { error: "must be an object with an id" });

/** An ISO 8601 date or time. */
export const Time = z
  .string({ error: "must be a string" })
  .refine((text) => !Number.isNaN(Date.parse(text)), "must be an ISO 8601 date");

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: "is not included in the list" });
}
