import { z } from "zod";
import type { RequestContext } from "../runtime/request-context.ts";
import type { ClioRequest } from "./client.ts";

/** Clio as one user sees it: a firm's lookup account, or another connected user. */
export interface ClioAccess {
  /** Throws as `ClioClient.request` does. */
  request<T>(request: ClioRequest<T>, context: RequestContext): Promise<T>;
}

/** One page of a list. */
export interface Page<T> {
  readonly records: readonly T[];
  /** How many records the whole list has; null if Clio doesn't say. */
  readonly total: number | null;
  /** The full URL of the next page; null on the last page. */
  readonly next: string | null;
}

/** The schema of a page. Create it once for each kind of record: zod compiles a schema when it is first used. */
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

/** A request for a list, without its paging parameters. */
export interface ListRequest<T> {
  path: string;
  params: ClioRequest<T>["params"];
  page: z.ZodType<Page<T>>;
  permission: string;
  /** Set for lists whose endpoint doesn't take `order`. */
  unordered?: boolean;
  /** Default 200, Clio's maximum for most lists (docs/explanation/how-clio-behaves.md, "Paging"). */
  pageSize?: number;
}

/** The most records that Clio puts on a page of contacts or matters. */
export const MAX_PAGE_SIZE = 200;

/**
 * Reads one page of a list by Clio's cursor paging (docs/explanation/how-clio-behaves.md, "Paging").
 * @param next the page's URL from the page before; null for the first page
 * Throws as `ClioAccess.request` does.
 */
export function readPage<T>(
  clio: ClioAccess,
  request: ListRequest<T>,
  next: string | null,
  context: RequestContext,
): Promise<Page<T>> {
  const { path, params, page: schema, permission, unordered = false, pageSize = MAX_PAGE_SIZE } = request;
  if (next !== null) return clio.request({ path: next, schema, permission }, context);
  const firstPage = { ...params, ...(!unordered && { order: "id(asc)" }), limit: pageSize };
  return clio.request({ path, params: firstPage, schema, permission }, context);
}

/**
 * Reads every page of a list.
 * @param onPage called after each page with the number of records read so far, and the total if Clio gives one
 * Throws as `ClioAccess.request` does: `ClioTimeoutError` if the deadline passes before the last page.
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

/** Receives a page's records, and the total if Clio gives one. Resolves to whether to read the next page. */
export type OnPage<T> = (records: readonly T[], total: number | null) => Promise<"continue" | "stop">;

/** Reads a list page by page, until `onPage` stops it. Throws as `ClioAccess.request` and `onPage` do. */
export async function forEachPage<T>(
  clio: ClioAccess,
  request: ListRequest<T>,
  context: RequestContext,
  onPage: OnPage<T>,
): Promise<void> {
  let next: string | null = null;
  do {
    const page: Page<T> = await readPage(clio, request, next, context);
    if ((await onPage(page.records, page.total)) === "stop") return;
    next = page.next;
  } while (next !== null);
}
