import { z } from "zod";
import type { FirmRecord, RecordKind } from "../../calls/firm-record.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import {
  type ClioAccess,
  type ListRequest,
  type Page,
  pageSchema,
  readAllPages,
  readPage,
} from "../paging.ts";
import { CONTACT_FIELDS, ContactRecord } from "./contacts.ts";
import { MATTER_FIELDS, MatterOfClientRecord, STAFF_FIELDS, StaffRecord } from "./matters.ts";

/** The records of one kind, as the mirror reads them. */
type RecordList<Kind extends RecordKind> = Omit<ListRequest<FirmRecord<Kind>>, "params"> & { fields: string };

const LISTS: { readonly [Kind in RecordKind]: RecordList<Kind> } = {
  user: {
    path: "/api/v4/users.json",
    fields: STAFF_FIELDS,
    page: pageSchema(
      StaffRecord.transform((content) => ({ kind: "user" as const, content, clientId: null })),
    ),
    permission: "Users (read)",
    // clio-facts, Requests: users come in larger pages than anything else.
    recordsAPage: 2000,
  },
  contact: {
    path: "/api/v4/contacts.json",
    fields: CONTACT_FIELDS,
    page: pageSchema(
      ContactRecord.transform((content) => ({ kind: "contact" as const, content, clientId: null })),
    ),
    permission: "Contacts (read)",
  },
  matter: {
    path: "/api/v4/matters.json",
    fields: `${MATTER_FIELDS},client{id}`,
    page: pageSchema(
      MatterOfClientRecord.transform(({ matter, clientId }) => ({
        kind: "matter" as const,
        content: matter,
        clientId,
      })),
    ),
    permission: "Matters (read)",
  },
};

/** The most ids that one request names: more would make its address longer than servers take. */
export const MAX_IDS_PER_REQUEST = 200;

/**
 * One page of everything that the firm has of a kind, by id.
 *
 * @param next the page's URL, as the page before named it; null for the first
 * Throws as `ClioAccess.ask` does.
 */
export function pageOfRecords<Kind extends RecordKind>(
  clio: ClioAccess,
  kind: Kind,
  next: string | null,
  context: RequestContext,
): Promise<Page<FirmRecord<Kind>>> {
  const { fields, ...list } = LISTS[kind];
  return readPage(clio, { ...list, params: { fields } }, next, context);
}

/** How many records of a kind the firm has, as far as Clio says so. One request. */
export async function countRecords(
  clio: ClioAccess,
  kind: RecordKind,
  context: RequestContext,
): Promise<number> {
  const { path, permission } = LISTS[kind];
  const ids = { path, params: { fields: "id" }, page: pageSchema(z.unknown()), permission, recordsAPage: 1 };
  return (await readPage(clio, ids, null, context)).total ?? 0;
}

/**
 * The records with these ids, at most `IDS_A_REQUEST` of them. Whoever is not among them is not in Clio any more, or
 * hidden from the connected user.
 */
export function recordsById<Kind extends RecordKind>(
  clio: ClioAccess,
  kind: Kind,
  ids: readonly number[],
  context: RequestContext,
): Promise<FirmRecord<Kind>[]> {
  const { fields, ...list } = LISTS[kind];
  const request = { ...list, params: { fields, ids } };
  return readAllPages(clio, request, context);
}

/**
 * The records that were changed after a moment, page by page.
 *
 * @param since epoch milliseconds
 * @param onPage told the records of a page, and how many there are in all where Clio says so; the next page is asked for
 *   when it resolves, unless with `enough`
 */
export function recordsChangedSince<Kind extends RecordKind>(
  clio: ClioAccess,
  kind: Kind,
  since: number,
  context: RequestContext,
  onPage: OnPage<FirmRecord<Kind>>,
): Promise<void> {
  const { fields, ...list } = LISTS[kind];
  const params = { fields, updated_since: new Date(since).toISOString() };
  return eachPage(clio, { ...list, params }, context, onPage);
}

/** All matters of one client, with their client's id. */
export function matterRecordsOf(
  clio: ClioAccess,
  clientId: number,
  context: RequestContext,
): Promise<FirmRecord<"matter">[]> {
  const { fields, ...list } = LISTS.matter;
  return readAllPages(clio, { ...list, params: { fields, client_id: clientId } }, context);
}

type OnPage<T> = (records: readonly T[], total: number | null) => Promise<"more" | "enough">;

async function eachPage<T>(
  clio: ClioAccess,
  request: ListRequest<T>,
  context: RequestContext,
  onPage: OnPage<T>,
): Promise<void> {
  let next: string | null = null;
  do {
    const page: Page<T> = await readPage(clio, request, next, context);
    if ((await onPage(page.records, page.total)) === "enough") return;
    next = page.next;
  } while (next !== null);
}
