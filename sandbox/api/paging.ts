import type { Request } from "express";
import { countUpTo } from "../firms/ascending.ts";
import type { Collection } from "../firms/collection.ts";
import { argumentError, unprocessable } from "./clio-error.ts";
import type { Parameters } from "./parameters.ts";

/** One list endpoint's records and rules. */
export interface Listing<Item extends { id: number }> {
  readonly collection: Collection<Item>;
  /** The records that come into question, in ascending order of their ids; the whole collection where absent. */
  readonly items?: readonly Item[] | undefined;
  /** Whether a record is in the list; all are where absent. */
  readonly keep?: ((item: Item) => boolean) | undefined;
  /** The most (and the default) number of records a page. */
  readonly maxLimit: number;
  /** What `order` may name, besides `id`; a dotted one leads through an association. */
  readonly orders: readonly string[];
  /** What to compare two records by. */
  readonly sortKey: (item: Item, order: string) => unknown;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly meta: { records: number; paging: { previous?: string; next?: string } };
}

/** Where a page begins: after the id of the last record sent (cursor paging), or at a number of records. */
type Start = { after: number } | { offset: number };

/** Clio gives no more than this many records by offset; only cursor paging goes on. */
const OFFSET_END = 10_000;

/**
 * The page that `limit`, `order`, `offset` and `page_token` ask for.
 *
 * In Clio `order=id(asc)` (the default) without `offset` pages by cursor: no end, and no `previous`. Every
 * other order and any `offset` pages by offset. A list's last page has no `next`. Throws a 400 for a limit
 * out of range, an unknown order or a token that is none of ours, a 422 for an offset past the end.
 */
export function page<Item extends { id: number }>(
  request: Request,
  parameters: Parameters,
  listing: Listing<Item>,
): Page<Item> {
  const { collection, keep, maxLimit } = listing;
  const limit = parameters.integer("limit", 1, maxLimit) ?? maxLimit;
  const orders = ["id", ...listing.orders].flatMap((order) => [`${order}(asc)`, `${order}(desc)`]);
  const order = parameters.oneOf("order", orders) ?? "id(asc)";
  const start = readStart(parameters, order);

  const candidates = listing.items ?? collection.items;
  const kept = keep ? candidates.filter(keep) : candidates;
  const sorted = order === "id(asc)" ? kept : sort(kept, order, listing.sortKey);

  const from = "after" in start ? countUpTo(kept, start.after) : start.offset;
  if ("offset" in start && from + limit > OFFSET_END) {
    throw unprocessable(`Offset paging ends at ${OFFSET_END} records.`);
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

/** Records without a value come last; equal ones stay in the order of their ids. */
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
