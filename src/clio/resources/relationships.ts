import { z } from "zod";
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

/** A contact's part in a matter of someone else (docs/explanation/how-clio-behaves.md, "Relationships"). */
export interface Relationship {
  readonly id: number;
  /** Free text such as `Spouse`; empty if Clio says nothing. */
  readonly description: string;
  /** Null where Clio hides the contact. */
  readonly contactId: number | null;
  /** Null where Clio hides the matter. */
  readonly matterId: number | null;
}

const Link = z.object({ id: z.number().int() }).nullish();

const RelationshipRecord = z
  .object({ id: z.number().int(), description: z.string().nullish(), contact: Link, matter: Link })
  .transform(
    ({ id, description, contact, matter }): Relationship => ({
      id,
      description: description?.trim() ?? "",
      contactId: contact?.id ?? null,
      matterId: matter?.id ?? null,
    }),
  );

const FIELDS = "id,description,contact{id},matter{id}";

const LIST: Omit<ListRequest<Relationship>, "params"> = {
  path: "/api/v4/relationships.json",
  page: pageSchema(RelationshipRecord),
  permission: "Contacts (read) and Matters (read)",
  unordered: true,
};

/** Lists the matters of others that a contact has a part in. Throws as `ClioAccess.request` does. */
export function listRelationshipsOfContact(
  clio: ClioAccess,
  contactId: number,
  context: RequestContext,
): Promise<Relationship[]> {
  return readAllPages(clio, { ...LIST, params: { contact_id: contactId, fields: FIELDS } }, context);
}

/**
 * Reads one page of all the firm's relationships.
 * @param next the page's URL from the page before; null for the first page
 * Throws as `ClioAccess.request` does.
 */
export function readRelationshipsPage(
  clio: ClioAccess,
  next: string | null,
  context: RequestContext,
): Promise<Page<Relationship>> {
  return readPage(clio, { ...LIST, params: { fields: FIELDS } }, next, context);
}

/**
 * Reads the relationships that changed after a moment, page by page.
 * @param since epoch milliseconds
 * @param onPage receives each page's records, and resolves to whether to read the next page
 * Throws as `ClioAccess.request` does.
 */
export function readChangedRelationships(
  clio: ClioAccess,
  since: number,
  context: RequestContext,
  onPage: OnPage<Relationship>,
): Promise<void> {
  const params = { fields: FIELDS, updated_since: new Date(since).toISOString() };
  return forEachPage(clio, { ...LIST, params }, context, onPage);
}

/**
 * Reads relationships by ID. One that is missing from the result was deleted in Clio.
 * @param ids at most `MAX_IDS_PER_REQUEST`
 * Throws as `ClioAccess.request` does.
 */
export function readRelationshipsById(
  clio: ClioAccess,
  ids: readonly number[],
  context: RequestContext,
): Promise<Relationship[]> {
  return readAllPages(clio, { ...LIST, params: { fields: FIELDS, ids } }, context);
}
