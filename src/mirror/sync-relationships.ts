import type { FirmRecord } from "../calls/firm-record.ts";
import { MAX_IDS_PER_REQUEST } from "../clio/resources/firm-records.ts";
import {
  type Relationship,
  readChangedRelationships,
  readRelationshipsById,
  readRelationshipsPage,
} from "../clio/resources/relationships.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Mirror } from "../store/repositories/mirror.ts";
import type { SyncParts } from "./sync-parts.ts";

/**
 * Reads a page of all relationships. Clio's list has no order, so what is missing from a page says nothing about deletions:
 * they are found by `checkRelationships`.
 * @returns the URL of the next page; null after the last one
 */
export async function syncRelationshipPage(
  parts: SyncParts,
  mirror: Mirror,
  next: string | null,
  context: RequestContext,
): Promise<string | null> {
  const page = await readRelationshipsPage(parts.clio, next, context);
  await write(parts, mirror, page.records);
  return page.next;
}

/**
 * Reads the next relationships that the mirror has, by their IDs, and deletes those that Clio no longer returns.
 * @param after checks relationships with a higher ID
 * @returns the ID up to which they were checked; null after the last one
 */
export async function checkRelationships(
  parts: SyncParts,
  mirror: Mirror,
  after: number,
  context: RequestContext,
): Promise<number | null> {
  const ids = await parts.store.mirrorRecords.relationshipIds(mirror.id, after, MAX_IDS_PER_REQUEST);
  const last = ids.at(-1);
  if (last === undefined) return null;
  const found = await readRelationshipsById(parts.clio, ids, context);
  await write(parts, mirror, found, ids);
  return ids.length < MAX_IDS_PER_REQUEST ? null : last;
}

/**
 * Reads the relationships that changed after a moment.
 * @returns whether there are too many to read them in one step
 */
export async function pollRelationships(
  parts: SyncParts,
  mirror: Mirror,
  { since, maxRecords }: { since: number; maxRecords: number },
  context: RequestContext,
): Promise<"read" | "too_many"> {
  let changed = 0;
  let hasTooMany = false;
  await readChangedRelationships(parts.clio, since, context, async (records, total) => {
    changed += records.length;
    hasTooMany ||= (total ?? changed) > maxRecords;
    if (hasTooMany) return "stop";
    await write(parts, mirror, records);
    return "continue";
  });
  return hasTooMany ? "too_many" : "read";
}

/** @param ids IDs for which the relationships are complete. Of those, the ones that are missing or hidden are deleted. */
async function write(
  { store, lease }: SyncParts,
  mirror: Mirror,
  relationships: readonly Relationship[],
  ids: readonly number[] = relationships.map(({ id }) => id),
): Promise<void> {
  if (ids.length === 0) return;
  const records = relationships.flatMap((relationship) => toRecord(relationship) ?? []);
  const mirrorRecords = records.map((record) => ({ ...record, terms: [] }));
  await store.mirrorRecords.put(mirror.id, "relationship", mirrorRecords, { ids }, lease);
}

/** Null where Clio hides the contact or the matter. */
function toRecord({ id, contactId, matterId, description }: Relationship): FirmRecord<"relationship"> | null {
  if (contactId === null || matterId === null) return null;
  return { kind: "relationship", content: { id, contactId, matterId, description }, clientId: null };
}
