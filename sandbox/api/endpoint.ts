import type { Request, Response } from "express";
import { formatClioTime } from "../firms/clio-time.ts";
import type { Viewer } from "../firms/viewer.ts";
import { recordNotFound } from "./clio-error.ts";
import { selectFields, serializeRecord } from "./fields/field-selection.ts";
import { fieldValues } from "./fields/field-values.ts";
import type { Resource } from "./fields/known-fields.ts";
import { type Listing, page } from "./paging.ts";
import { Parameters } from "./parameters.ts";

/** The response to a request with a valid token. */
export type ApiResponse = Response<unknown, { viewer: Viewer }>;

/** The query parameters of a request. */
export function parametersOf(request: Request<object>): Parameters {
  const at = request.url.indexOf("?");
  return new Parameters(new URLSearchParams(at < 0 ? "" : request.url.slice(at)));
}

/** Throws the 400 for invalid `fields`. Call it before changing anything. */
export function checkFields(request: Request<object>, resource: Resource): void {
  selectFields(parametersOf(request).text("fields"), resource);
}

/** Sends one record, `{"data":{…}}`. Throws a 404 if there is none, and a 400 for invalid `fields`. */
export function sendRecord(
  request: Request<object>,
  response: ApiResponse,
  resource: Resource,
  record: object | undefined,
): void {
  const selection = selectFields(parametersOf(request).text("fields"), resource);
  if (!record) throw recordNotFound();
  response.json({ data: serializeRecord(record, resource, selection, fieldValues(response.locals.viewer)) });
}

/** Sends one page of a list, `{"data":[…],"meta":{…}}`. `readFilters` reads the endpoint's own parameters. */
export function sendList<Item extends { id: number }>(
  request: Request,
  response: ApiResponse,
  resource: Resource,
  readFilters: (parameters: Parameters) => Omit<Listing<Item>, "sortKey">,
): void {
  const parameters = parametersOf(request);
  const selection = selectFields(parameters.text("fields"), resource);
  const read = fieldValues(response.locals.viewer);
  const { items, meta } = page(request, parameters, {
    ...readFilters(parameters),
    sortKey: (item, order) => {
      const [field = "", inner] = order.split(".");
      const value = read(resource, item, field);
      // An association without a field is sorted by ID.
      const key = isRecord(value) ? value[inner ?? "id"] : value;
      return typeof key === "string" ? key.toLowerCase() : key;
    },
  });
  response.json({ data: items.map((item) => serializeRecord(item, resource, selection, read)), meta });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The ID in the path; -1, which no record has, if it is not a number. */
export function idFromPath(request: Request<{ id: string }>): number {
  return /^\d+$/.test(request.params.id) ? Number(request.params.id) : -1;
}

/** Combines tests into one filter. Skips those of absent parameters (false or undefined). */
export function matchesAll<Item>(tests: readonly (((item: Item) => boolean) | false | undefined)[]) {
  const active = tests.filter((test) => typeof test === "function");
  return active.length < 2 ? active[0] : (item: Item) => active.every((test) => test(item));
}

/** The tests for `created_since` and `updated_since`: later than that time, not equal to it. */
export function sinceFilters<Item extends { created_at: string; updated_at: string }>(
  parameters: Parameters,
) {
  const created = parameters.time("created_since");
  const updated = parameters.time("updated_since");
  const wasCreated = created !== undefined && after(created);
  const wasUpdated = updated !== undefined && after(updated);
  return [
    wasCreated && ((item: Item) => wasCreated(item.created_at)),
    wasUpdated && ((item: Item) => wasUpdated(item.updated_at)),
  ];
}

/**
 * A test for times later than this one. Times in Clio's format are compared as text, because parsing every time of a
 * long list is slow.
 */
function after(time: number): (text: string) => boolean {
  const reference = formatClioTime(time);
  return (text) => (text.length === reference.length ? text > reference : Date.parse(text) > time);
}

/** The test for `query`: every word occurs in a lower-case text. Undefined without `query`. */
export function queryFilter(parameters: Parameters): ((text: string) => boolean) | undefined {
  const words = parameters.text("query")?.toLowerCase().split(/\s+/).filter(Boolean);
  return words && ((text) => words.every((word) => text.includes(word)));
}
