import type { Request, Response } from "express";
import { clioTime } from "../firms/record-times.ts";
import type { Viewer } from "../firms/viewer.ts";
import { recordNotFound } from "./clio-error.ts";
import { present, selectFields } from "./field-selection.ts";
import { fieldValues } from "./field-values.ts";
import type { Resource } from "./known-fields.ts";
import { type Listing, page } from "./paging.ts";
import { Parameters } from "./parameters.ts";

/** An answer to a request whose token was accepted. */
export type ApiResponse = Response<unknown, { viewer: Viewer }>;

/** The query parameters of a request. */
export function parametersOf(request: Request<object>): Parameters {
  const at = request.url.indexOf("?");
  return new Parameters(new URLSearchParams(at < 0 ? "" : request.url.slice(at)));
}

/** Throws the 400 for `fields=`, before anything is changed that the answer would be about. */
export function checkFields(request: Request<object>, resource: Resource): void {
  selectFields(parametersOf(request).text("fields"), resource);
}

/** Answers with one record, `{"data":{…}}`; throws a 404 where there is none. */
export function answerRecord(
  request: Request<object>,
  response: ApiResponse,
  resource: Resource,
  record: object | undefined,
): void {
  const selection = selectFields(parametersOf(request).text("fields"), resource);
  if (!record) throw recordNotFound();
  response.json({ data: present(record, resource, selection, fieldValues(response.locals.viewer)) });
}

/** Answers with one page of a list, `{"data":[…],"meta":{…}}`. `narrow` reads the endpoint's own filters. */
export function answerList<Item extends { id: number }>(
  request: Request,
  response: ApiResponse,
  resource: Resource,
  narrow: (parameters: Parameters) => Omit<Listing<Item>, "sortKey">,
): void {
  const parameters = parametersOf(request);
  const selection = selectFields(parameters.text("fields"), resource);
  const read = fieldValues(response.locals.viewer);
  const { items, meta } = page(request, parameters, {
    ...narrow(parameters),
    sortKey: (item, order) => {
      const [field = "", inner] = order.split(".");
      const value = read(resource, item, field);
      const key = inner && value ? (value as Record<string, unknown>)[inner] : value;
      return typeof key === "string" ? key.toLowerCase() : key;
    },
  });
  response.json({ data: items.map((item) => present(item, resource, selection, read)), meta });
}

/** The id in the path; one that is no number belongs to no record. */
export function idOf(request: Request<{ id: string }>): number {
  return /^\d+$/.test(request.params.id) ? Number(request.params.id) : -1;
}

/** Whether all of a record's tests pass; a filter that was not asked for is not a test. */
export function passes<Item>(tests: readonly (((item: Item) => boolean) | false | undefined)[]) {
  const asked = tests.filter((test) => typeof test === "function");
  return asked.length < 2 ? asked[0] : (item: Item) => asked.every((test) => test(item));
}

/** Clio's `updated_since` and `created_since`: after that time, not at it. */
export function since<Item extends { created_at: string; updated_at: string }>(parameters: Parameters) {
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
 * The test for a time after this one. Whole seconds as Clio writes them are compared as text: a long list has too many
 * times to read each of them.
 */
function after(time: number): (text: string) => boolean {
  const second = clioTime(time);
  return (text) => (text.length === second.length ? text > second : Date.parse(text) > time);
}

/** The test that `query=` asks for: every word of it somewhere in a text that is already in lower case. */
export function wordSearch(parameters: Parameters): ((text: string) => boolean) | undefined {
  const words = parameters.text("query")?.toLowerCase().split(/\s+/).filter(Boolean);
  return words && ((text) => words.every((word) => text.includes(word)));
}
