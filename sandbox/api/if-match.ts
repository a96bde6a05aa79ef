import type { Request } from "express";
import { preconditionFailed } from "./clio-error.ts";
import { etag } from "./fields/field-values.ts";
import type { Resource } from "./fields/known-fields.ts";

/** Throws a 412 when the request's `IF-MATCH` header isn't the record's current etag. */
export function checkIfMatch(request: Request<object>, resource: Resource, record: object): void {
  const expected = request.get("If-Match");
  if (expected !== undefined && expected !== etag(resource, record)) throw preconditionFailed();
}
