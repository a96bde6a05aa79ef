import { z } from "zod";
import type { Budget } from "../budget.ts";
import type { ClioRequest } from "./client.ts";

/** Something that can ask Clio: a firm's answering connection, or one user's. */
export interface ClioAccess {
  ask<T>(request: ClioRequest<T>, budget: Budget): Promise<T>;
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
export function pageOf<T>(record: z.ZodType<T>): z.ZodType<Page<T>> {
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
  params: Readonly<Record<string, string | number>>;
  page: z.ZodType<Page<T>>;
  permission: string;
  /** Clio lets this list not be ordered; it pages by its own order then. */
  unordered?: boolean;
}

/** The most records that Clio puts on one page (clio-facts, Requests). */
const RECORDS_A_PAGE = 200;

/**
 * Reads a list to its end by cursor paging: `order=id(asc)`, then `meta.paging.next` until there is none.
 * @param onPage told after each page how many records there are so far, and how many in all where Clio says so
 * Throws as `ClioAccess.ask` does; a list that does not end within the budget is a `ClioTimeout`.
 */
export async function allPages<T>(
  clio: ClioAccess,
  request: ListRequest<T>,
  budget: Budget,
  onPage: (read: number, total: number | null) => void = () => {},
): Promise<T[]> {
  const { path, params, page: answer, permission, unordered = false } = request;
  const firstPage = { ...params, ...(!unordered && { order: "id(asc)" }), limit: RECORDS_A_PAGE };
  let page = await clio.ask({ path, params: firstPage, answer, permission }, budget);
  const records = [...page.records];
  onPage(records.length, page.total);
  while (page.next !== null) {
    page = await clio.ask({ path: page.next, answer, permission }, budget);
    records.push(...page.records);
    onPage(records.length, page.total);
  }
  return records;
}
