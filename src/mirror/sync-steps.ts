import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { pollCalendars, syncCalendars } from "../absences/update-calendars.ts";
import type { FirmRecord, RecordKind } from "../calls/firm-record.ts";
import { withNormalizedNumbers } from "../calls/matching/normalized-numbers.ts";
import { contactTerms } from "../calls/matching/search-terms.ts";
import type { StaffMember } from "../calls/matter.ts";
import {
  countRecords,
  MAX_IDS_PER_REQUEST,
  readChangedRecords,
  readMattersOfClient,
  readRecordsById,
  readRecordsPage,
} from "../clio/resources/firm-records.ts";
import { readStaffWithCalendars } from "../clio/resources/users.ts";
import { ClioError, ClioRateLimitedError, type ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { FullSync, Mirror } from "../store/repositories/mirror.ts";
import type { MirrorRecord } from "../store/repositories/mirror-record-encryption.ts";
import type { IdRange } from "../store/repositories/mirror-record-writer.ts";
import type { ChangeKind, PendingChange } from "../store/repositories/pending-changes.ts";
import type { SyncParts } from "./sync-parts.ts";
import { checkRelationships, pollRelationships, syncRelationshipPage } from "./sync-relationships.ts";

/** The order of a full sync: people come before the matters that refer to them, and matters before their relationships. */
const KINDS: readonly FullSync["kind"][] = ["user", "contact", "matter"];
const RELATIONSHIP_KINDS: readonly FullSync["kind"][] = ["relationship", "relationship_check"];

/** Small, because calls are answered between two batches. */
const WRITE_BATCH_RECORDS = 40;

/** Each client costs a request for their matters, and a step has to fit into a minute of the rate limit. */
const MAX_CLIENTS_PER_STEP = 20;

/** More changes at once are probably an import. They are left to a full sync, which can be interrupted. */
const MAX_POLLED_RECORDS = 2_000;

/** Clio's clock and ours may differ by this much, so each poll overlaps the one before. */
const CLOCK_SKEW_MS = 10 * 60_000;

/** After a longer gap, webhooks may have missed deletions, which only a full sync finds. */
const MAX_POLL_GAP_MS = 60 * 60_000;

/** Starts a full sync: records how many contacts and matters Clio has, and reads the calendars that count as absences. */
export async function startFullSync(
  parts: SyncParts,
  mirror: Mirror,
  context: RequestContext,
): Promise<void> {
  const { store, clio, lease } = parts;
  const contacts = await countRecords(clio, "contact", context);
  const matters = await countRecords(clio, "matter", context);
  await store.mirrors.startFullSync(mirror.id, { contacts, matters }, lease);
  logCalendarFailure(parts, mirror, await syncCalendars(parts, mirror.firmId, context));
}

/**
 * Reads the next page of the full sync. Records of the mirror within the page's range of IDs that Clio didn't return are
 * deleted. Reading a page twice, after an interruption, is harmless.
 * @returns `completed` after the last page of the last kind
 */
export async function syncPage(
  parts: SyncParts,
  mirror: Mirror & { fullSync: FullSync },
  context: RequestContext,
): Promise<"in_progress" | "completed"> {
  const { store, relatedCallers, lease } = parts;
  const progress = await readNextPage(parts, mirror, context);
  if (progress.after !== null) {
    await store.mirrors.advanceFullSync(mirror.id, { ...progress, after: progress.after }, lease);
    return "in_progress";
  }
  const kinds = relatedCallers ? [...KINDS, ...RELATIONSHIP_KINDS] : KINDS;
  const nextKind = kinds[kinds.indexOf(progress.kind) + 1];
  // The first full sync has only just read the relationships.
  if (nextKind && !(nextKind === "relationship_check" && mirror.completeAt === null)) {
    const start = { kind: nextKind, after: 0, next: null, read: progress.read };
    await store.mirrors.advanceFullSync(mirror.id, start, lease);
    return "in_progress";
  }
  await store.mirrors.completeFullSync(mirror.id, lease);
  return "completed";
}

/** @returns where the kind continues; `after` is null when all of it was read */
async function readNextPage(
  parts: SyncParts,
  mirror: Mirror & { fullSync: FullSync },
  context: RequestContext,
): Promise<Pick<FullSync, "kind" | "next" | "read"> & { after: number | null }> {
  const { kind, after, next, read } = mirror.fullSync;
  if (kind === "relationship") {
    const nextPage = await syncRelationshipPage(parts, mirror, next, context);
    return { kind, read, next: nextPage, after: nextPage === null ? null : 0 };
  }
  if (kind === "relationship_check")
    return { kind, read, next: null, after: await checkRelationships(parts, mirror, after, context) };

  const page = await readRecordsPage(parts.clio, kind, next, context);
  const { records } = page;
  assertAscendingIds(records, after);
  const upTo = page.next === null ? null : (records.at(-1)?.content.id ?? after);
  await writeRecords(parts, mirror, kind, records, { after, upTo });
  return { kind, next: page.next, read: kind === "user" ? read : read + records.length, after: upTo };
}

/** Restarts the current kind of record at its first page, because Clio no longer knows the next page's URL. */
export async function restartKind(
  { store, lease }: SyncParts,
  mirror: Mirror & { fullSync: FullSync },
): Promise<void> {
  await store.mirrors.advanceFullSync(mirror.id, { ...mirror.fullSync, after: 0, next: null }, lease);
}

/**
 * Reads what changed since the last poll, and all users, because a user's new name or number doesn't mark their matters as
 * changed. Requests a full sync where a poll isn't enough (docs/explanation/how-fresh.md, "Polling").
 */
export async function poll(parts: SyncParts, mirror: Mirror, context: RequestContext): Promise<void> {
  const { store, clio, now, lease } = parts;
  const startedAt = now();
  const polledAt = mirror.polledAt ?? startedAt;
  const since = polledAt - CLOCK_SKEW_MS;
  const users = await readStaffWithCalendars(clio, context);
  const range = users.next === null ? { after: 0, upTo: null } : "no-deletions";
  await store.mirrorRecords.put(mirror.id, "user", users.records.map(toUserRecord), range, lease);

  let hasTooMany = false;
  for (const kind of ["contact", "matter"] as const) {
    let changed = 0;
    await readChangedRecords(clio, kind, since, context, async (records, total) => {
      changed += records.length;
      hasTooMany ||= (total ?? changed) > MAX_POLLED_RECORDS;
      if (hasTooMany) return "stop";
      await writeRecords(parts, mirror, kind, records, "no-deletions");
      return "continue";
    });
  }
  if (parts.relatedCallers) {
    const limits = { since, maxRecords: MAX_POLLED_RECORDS };
    if ((await pollRelationships(parts, mirror, limits, context)) === "too_many") hasTooMany = true;
  }
  const upToDateUntil = Math.max(polledAt, mirror.fullSyncedAt ?? 0);
  if (hasTooMany || startedAt - upToDateUntil > MAX_POLL_GAP_MS)
    await store.mirrors.requestFullSync(mirror.firmId);
  await store.mirrors.recordPoll(mirror.id, startedAt, lease);
  // Last, so that nothing that happens to calendars holds up the records.
  logCalendarFailure(parts, mirror, await pollCalendars(parts, mirror.firmId, users.records, context));
}

function logCalendarFailure(
  { logFailure }: SyncParts,
  { firmId }: Mirror,
  failure: ServiceError | null,
): void {
  if (failure && !(failure instanceof ClioRateLimitedError)) logFailure(firmId, "calendars", failure);
}

function toUserRecord({ id, name, email, phoneNumber, enabled }: StaffMember): MirrorRecord<"user"> {
  const content = { id, name, email, phoneNumber, enabled };
  return { kind: "user", content, clientId: null, terms: [] };
}

/**
 * Reads the records with pending changes, many in one request. Deliveries may come late, twice or out of order, so only
 * what Clio has now counts; a record that Clio no longer returns is deleted.
 */
export async function applyPendingChanges(
  parts: SyncParts,
  mirror: Mirror,
  context: RequestContext,
): Promise<void> {
  const { store, lease } = parts;
  for (const kind of ["contact", "matter", "client"] as const) {
    const limit = kind === "client" ? MAX_CLIENTS_PER_STEP : MAX_IDS_PER_REQUEST;
    const changes = await store.pendingChanges.next(mirror.id, kind, limit);
    if (changes.length === 0) continue;
    await refreshRecords(parts, mirror, kind, changes, context);
    await store.pendingChanges.remove(mirror.id, changes, lease);
  }
}

async function refreshRecords(
  parts: SyncParts,
  mirror: Mirror,
  kind: ChangeKind,
  changes: readonly PendingChange[],
  context: RequestContext,
): Promise<void> {
  const ids = changes.map(({ recordId }) => recordId);
  const recordKind = kind === "client" ? "contact" : kind;
  const records = await readRecordsById(parts.clio, recordKind, ids, context);
  await writeRecords(parts, mirror, recordKind, records, { ids });
  if (kind !== "client") return;
  for (const { content } of records) {
    const matters = await readMattersOfClient(parts.clio, content.id, context);
    await writeRecords(parts, mirror, "matter", matters, "no-deletions");
  }
}

/** Writes records in batches, each with its part of the range. */
async function writeRecords<Kind extends RecordKind>(
  parts: SyncParts,
  { id }: Mirror,
  kind: Kind,
  records: readonly FirmRecord<Kind>[],
  range: IdRange,
): Promise<void> {
  const { lease } = parts;
  const { put } = parts.store.mirrorRecords;
  if (range === "no-deletions" && records.length === 0) return;
  if (range !== "no-deletions" && "ids" in range) {
    await put(id, kind, records.map(toMirrorRecord(parts)), range, lease);
    return;
  }
  let after = range === "no-deletions" ? 0 : range.after;
  // At least once: a page without records can still mean that the mirror has some to delete.
  for (let at = 0; at === 0 || at < records.length; at += WRITE_BATCH_RECORDS) {
    const batch = records.slice(at, at + WRITE_BATCH_RECORDS);
    const isLast = at + WRITE_BATCH_RECORDS >= records.length;
    const upTo = isLast && range !== "no-deletions" ? range.upTo : (batch.at(-1)?.content.id ?? after);
    const batchRange = range === "no-deletions" ? range : { after, upTo };
    await put(id, kind, batch.map(toMirrorRecord(parts)), batchRange, lease);
    after = upTo ?? after;
    await yieldToEventLoop();
  }
}

/** Reads the numbers of contacts, which find them and are compared at every call, once for all. */
function toMirrorRecord({ defaultCountry }: SyncParts) {
  return <Kind extends RecordKind>(record: FirmRecord<Kind>): MirrorRecord<Kind> => {
    if (!isContact(record)) return { ...record, terms: [] };
    const contact = withNormalizedNumbers(record.content, defaultCountry);
    const content = contact as FirmRecord<Kind>["content"];
    return { ...record, content, terms: contactTerms(contact, defaultCountry) };
  };
}

function isContact(record: FirmRecord): record is FirmRecord<"contact"> {
  return record.kind === "contact";
}

/** In a list with another order, records that are merely elsewhere in the list would be deleted. */
function assertAscendingIds(records: readonly FirmRecord[], after: number): void {
  let last = after;
  for (const { content } of records) {
    if (content.id <= last) throw new ClioError("Clio's list isn't sorted by ID.");
    last = content.id;
  }
}
