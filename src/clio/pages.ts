import { z } from "zod";
import type { Budget } from "../budget.ts";
import type { ClioRequest } from "./client.ts";

/** Something that can ask Clio: a firm's answering connection, or one user's. */
export interface ClioReader {
  get<T>(request: ClioRequest<T>, budget: Budget): Promise<T>;
}

/** A list request, before paging is added. */
export interface ListRequest<T> {
  path: string;
  params: Readonly<Record<string, string | number>>;
  record: z.ZodType<T>;
  permission: string;
}

/** The most records that Clio puts on one page (clio-facts, Requests). */
const RECORDS_A_PAGE = 200;

/**
 * Reads a list to its end by cursor paging: `order=id(asc)`, then `meta.paging.next` until there is none.
 * Throws as `ClioReader.get` does; a list that does not end within the budget is a `ClioTimeout`.
 */
export async function allPages<T>(clio: ClioReader, request: ListRequest<T>, budget: Budget): Promise<T[]> {
  const { path, params, record, permission } = request;
  const answer = z
    .object({
      data: z.array(record),
      meta: z.object({ paging: z.object({ next: z.string().min(1).nullish() }).nullish() }).nullish(),
    })
    .transform(({ data, meta }) => ({ records: data, next: meta?.paging?.next ?? null }));

  const firstPage = { ...params, order: "id(asc)", limit: RECORDS_A_PAGE };
  let page = await clio.get({ path, params: firstPage, answer, permission }, budget);
  const records = page.records;
  while (page.next !== null) {
    page = await clio.get({ path: page.next, answer, permission }, budget);
    records.push(...page.records);
  }
  return records;
}
