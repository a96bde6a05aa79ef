import { z } from "zod";
import type { RequestContext } from "../runtime/request-context.ts";
import type { ClioRequest } from "./client.ts";

/** Something that can ask Clio: a firm's answering connection, or one user's. */
export interface ClioAccess {
  request<T>(request: ClioRequest<T>, context: RequestContext): Promise<T>;
}

/** One page of a list. */
export interface Page<T> {
  readonly records: readonly T[];
  /** How many records the whole list has, where Clio says so. */
  readonly total: number | null;
  /** The full URL of the following page; null at the end. */
  readonly next: string | null;
}

/** What a page of such records looks like; made once for each kind, because a schema is compiled at its first use. */
export function pageSchema<T>(record: z.ZodType<T>): z.ZodType<Page<T>> {
  return z
    .object({
      data: z.array(record),
      meta: z
        .object({
          records: z.number().nullish(),
          paging: z.object({ next: z.string().min(1).nullish() }).nullish(),
        })
        .nullish(),
    })
    .transform(({ data, meta }) => ({
      records: data,
      total: meta?.records ?? null,
      next: meta?.paging?.next ?? null,
    }));
}

/** A list request, before paging is added. */
export interface ListRequest<T> {
  path: string;
  params: ClioRequest<T>["params"];
  page: z.ZodType<Page<T>>;
  permission: string;
  /** Clio lets this list not be ordered; it pages by its own order then. */
  unordered?: boolean;
  /** Default 200, the most that Clio puts on a page of nearly everything (clio-facts, Requests). */
  recordsAPage?: number;
}

const RECORDS_A_PAGE = 200;

/**
 * Reads one page of a list that is paged by cursor: `order=id(asc)`, then wherever `meta.paging.next` points.
 * @param next the page's URL, as the page before named it; null for the first
 * Throws as `ClioAccess.ask` does.
 */
export function readPage<T>(
  clio: ClioAccess,
  request: ListRequest<T>,
  next: string | null,
  context: RequestContext,
): Promise<Page<T>> {
  const {
    path,
    params,
    page: schema,
    permission,
    unordered = false,
    recordsAPage = RECORDS_A_PAGE,
  } = request;
  if (next !== null) return clio.request({ path: next, schema, permission }, context);
  const firstPage = { ...params, ...(!unordered && { order: "id(asc)" }), limit: recordsAPage };
  return clio.request({ path, params: firstPage, schema, permission }, context);
}

/**
 * Reads a list to its end page by page.
 * @param onPage told after each page how many records there are so far, and how many in all where Clio says so
 * Throws as `ClioAccess.ask` does; a list that does not end within the context is a `ClioTimeout`.
 */
export async function readAllPages<T>(
  clio: ClioAccess,
  request: ListRequest<T>,
  context: RequestContext,
  onPage: (read: number, total: number | null) => void = () => {},
): Promise<T[]> {
  let page = await readPage(clio, request, null, context);
  const records = [...page.records];
  onPage(records.length, page.total);
  while (page.next !== null) {
    page = await readPage(clio, request, page.next, context);
    records.push(...page.records);
    onPage(records.length, page.total);
  }
  return records;
}
