import { z } from "zod";
import type { FirmRecord, RecordKind as MirroredKind } from "../../calls/firm-record.ts";
import type { RequestContext } from "../../runtime/request-context.ts";
import {
  type ClioAccess,
  forEachPage,
  type ListRequest,
  type OnPage,
  type Page,
  pageSchema,
  readAllPages,
  readPage,
} from "../paging.ts";
import { CONTACT_FIELDS, ContactRecord } from "./contacts.ts";
import { MATTER_FIELDS, MatterOfClientRecord, STAFF_FIELDS, StaffRecord } from "./matters.ts";

/** The kinds whose lists Clio orders by ID. Relationships are read by `relationships.ts`. */
type RecordKind = Exclude<MirroredKind, "relationship">;

/** How to list the records of one kind for the mirror. */
type RecordList<Kind extends RecordKind> = Omit<ListRequest<FirmRecord<Kind>>, "params"> & { fields: string };

const LISTS: { readonly [Kind in RecordKind]: RecordList<Kind> } = {
  user: {
    path: "/api/v4/users.json",
    fields: STAFF_FIELDS,
    page: pageSchema(
      StaffRecord.transform((content) => ({ kind: "user" as const, content, clientId: null })),
    ),
    permission: "Users (read)",
    // Clio's maximum for users (docs/explanation/how-clio-behaves.md, "Paging").
    pageSize: 2000,
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

/** More IDs would make the URL longer than servers accept. */
export const MAX_IDS_PER_REQUEST = 200;

/**
 * Reads one page of all the firm's records of a kind, ordered by ID.
 *
 * @param next the page's URL from the page before; null for the first page
 * Throws as `ClioAccess.request` does.
 */
export function readRecordsPage<Kind extends RecordKind>(
  clio: ClioAccess,
  kind: Kind,
  next: string | null,
  context: RequestContext,
): Promise<Page<FirmRecord<Kind>>> {
  const { fields, ...list } = LISTS[kind];
  return readPage(clio, { ...list, params: { fields } }, next, context);
}

/** Counts the firm's records of a kind with one request; 0 if Clio doesn't say. Throws as `ClioAccess.request` does. */
export async function countRecords(
  clio: ClioAccess,
  kind: RecordKind,
  context: RequestContext,
): Promise<number> {
  const { path, permission } = LISTS[kind];
  const list = { path, params: { fields: "id" }, page: pageSchema(z.unknown()), permission, pageSize: 1 };
  return (await readPage(clio, list, null, context)).total ?? 0;
}

/**
 * Reads records by ID. A record that is missing from the result was deleted in Clio or is hidden from the connected user.
 *
 * @param ids at most `MAX_IDS_PER_REQUEST`
 * Throws as `ClioAccess.request` does.
 */
export function readRecordsById<Kind extends RecordKind>(
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
 * Reads the records that changed after a moment, page by page.
 *
 * @param since epoch milliseconds
 * @param onPage receives each page's records, and the total if Clio gives one. Resolves to whether to read the next page.
 * Throws as `ClioAccess.request` does.
 */
export function readChangedRecords<Kind extends RecordKind>(
  clio: ClioAccess,
  kind: Kind,
  since: number,
  context: RequestContext,
  onPage: OnPage<FirmRecord<Kind>>,
): Promise<void> {
  const { fields, ...list } = LISTS[kind];
  const params = { fields, updated_since: new Date(since).toISOString() };
  return forEachPage(clio, { ...list, params }, context, onPage);
}

/** Reads all matters of one client. Throws as `ClioAccess.request` does. */
export function readMattersOfClient(
  clio: ClioAccess,
  clientId: number,
  context: RequestContext,
): Promise<FirmRecord<"matter">[]> {
  const { fields, ...list } = LISTS.matter;
  return readAllPages(clio, { ...list, params: { fields, client_id: clientId } }, context);
}
