import type { Request } from "express";
import type { Collection } from "../firms/collection.ts";
import { countIdsUpTo } from "../firms/sorted-by-id.ts";
import { argumentError, unprocessable } from "./clio-error.ts";
import type { Parameters } from "./parameters.ts";

/** A list endpoint's records and rules. */
export interface Listing<Item extends { id: number }> {
  readonly collection: Collection<Item>;
  /** The records to filter, by ascending ID; default: the whole collection. */
  readonly items?: readonly Item[] | undefined;
  /** Whether a record belongs in the list; default: every record. */
  readonly filter?: ((item: Item) => boolean) | undefined;
  /** The highest value of `limit`, and its default. */
  readonly maxLimit: number;
  /** Fields that `order` accepts besides `id`. A dotted name is a field of an association. */
  readonly orders: readonly string[];
  /** Default `id(asc)`. */
  readonly defaultOrder?: string | undefined;
  /** The value by which records are sorted. */
  readonly sortKey: (item: Item, order: string) => unknown;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly meta: { records: number; paging: { previous?: string; next?: string } };
}

/** Where a page starts: after an ID (cursor paging) or at an offset. */
type Start = { after: number } | { offset: number };

/** Offset paging ends here; only cursor paging goes further. */
const MAX_OFFSET_RECORDS = 10_000;

/**
 * The page selected by `limit`, `order`, `offset` and `page_token`.
 *
 * `order=id(asc)` (the default of most lists) without `offset` pages by cursor, which has no limit and no `previous`. Any other
 * order, and any `offset`, pages by offset. The last page has no `next`. Throws a 400 for a limit out of range, an
 * unknown order or an invalid token, and a 422 beyond the last offset. Source: docs/explanation/how-clio-behaves.md,
 * "Paging".
 */
export function page<Item extends { id: number }>(
  request: Request,
  parameters: Parameters,
  listing: Listing<Item>,
): Page<Item> {
  const { collection, filter, maxLimit } = listing;
  const limit = parameters.integer("limit", 1, maxLimit) ?? maxLimit;
  const orders = ["id", ...listing.orders].flatMap((order) => [`${order}(asc)`, `${order}(desc)`]);
  const order = parameters.oneOf("order", orders) ?? listing.defaultOrder ?? "id(asc)";
  const start = readStart(parameters, order);

  const candidates = listing.items ?? collection.items;
  const matching = filter ? candidates.filter(filter) : candidates;
  const sorted = order === "id(asc)" ? matching : sort(matching, order, listing.sortKey);

  const from = "after" in start ? countIdsUpTo(matching, start.after) : start.offset;
  if ("offset" in start && from + limit > MAX_OFFSET_RECORDS) {
    throw unprocessable(`Offset paging ends at ${MAX_OFFSET_RECORDS} records.`);
  }
  const items = sorted.slice(from, from + limit);
  const url = (to: Start) => pageUrl(request, parameters, to);
  const paging: Page<Item>["meta"]["paging"] = {};
  if ("offset" in start && from > 0) paging.previous = url({ offset: Math.max(0, from - limit) });
  if (from + limit < sorted.length) {
    paging.next = url("after" in start ? { after: items.at(-1)?.id ?? 0 } : { offset: from + limit });
  }
  return { items, meta: { records: sorted.length, paging } };
}

function readStart(parameters: Parameters, order: string): Start {
  const token = parameters.text("page_token");
  const offset = parameters.integer("offset");
  if (token === undefined)
    return order === "id(asc)" && offset === undefined ? { after: 0 } : { offset: offset ?? 0 };
  try {
    const start = JSON.parse(Buffer.from(token, "base64url").toString());
    if (Number.isSafeInteger(start.after ?? start.offset)) return start;
  } catch {}
  throw argumentError("page_token is not valid.");
}

function pageUrl(request: Request, parameters: Parameters, to: Start): string {
  const path = request.originalUrl.split("?")[0];
  const token = Buffer.from(JSON.stringify(to)).toString("base64url");
  return `http://${request.headers.host}${path}?${parameters.withPageToken(token)}`;
}

/** Records without a value come last; equal ones stay sorted by ID. */
function sort<Item>(
  items: readonly Item[],
  order: string,
  key: (item: Item, by: string) => unknown,
): readonly Item[] {
  const by = order.slice(0, order.indexOf("("));
  const direction = order.endsWith("(asc)") ? 1 : -1;
  const rows = items.map((item) => ({ item, key: key(item, by) ?? null }));
  rows.sort((a, b) => {
    if (a.key === b.key) return 0;
    if (a.key === null) return 1;
    if (b.key === null) return -1;
    return a.key < b.key ? -direction : direction;
  });
  return rows.map(({ item }) => item);
}
