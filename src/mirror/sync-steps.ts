import { setImmediate as otherWork } from "node:timers/promises";
import type { FirmRecord, RecordKind } from "../calls/firm-record.ts";
import { type CountryCode, contactTerms } from "../calls/matching/search-terms.ts";
import type { ClioAccess } from "../clio/paging.ts";
import {
  countRecords,
  MAX_IDS_PER_REQUEST,
  matterRecordsOf,
  pageOfRecords,
  recordsById,
  recordsChangedSince,
} from "../clio/resources/firm-records.ts";
import { ClioError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Lease } from "../store/coordination/leases.ts";
import type { IdRange, MirrorRecord } from "../store/repositories/mirror-records.ts";
import type { FullSync, Mirror } from "../store/repositories/mirrors.ts";
import type { ChangeKind, PendingChange } from "../store/repositories/pending-changes.ts";
import type { Store } from "../store/store.ts";
import { CLOCK_SKEW_MS, MAX_POLL_GAP_MS } from "./next-step.ts";

/** What reading a firm takes. */
export interface SyncParts {
  readonly store: Store;
  /** Clio as the user sees it through whom the mirror is read. */
  readonly clio: ClioAccess;
  readonly defaultCountry: CountryCode;
  readonly now: () => number;
  /** Under which the firm is read: once somebody else reads it, nothing of this is written any more. */
  readonly lease: Lease;
}

/** In which order a pass walks through a firm: whoever a matter leads to is there before it. */
const KINDS: readonly RecordKind[] = ["user", "contact", "matter"];

/** So many records are written at once; in between, callers are answered. */
const WRITE_BATCH_RECORDS = 40;

/** Each costs a request for their matters, and all have to fit into what a minute leaves to the reading. */
const MAX_CLIENTS_PER_STEP = 20;

/** More changes than this at once are somebody's import: a pass, which can stop on its way, reads them. */
const MAX_POLLED_RECORDS = 2_000;

/** Begins a walk over everything, with what Clio says there is. */
export async function startFullSync(
  { store, clio, lease }: SyncParts,
  mirror: Mirror,
  context: RequestContext,
): Promise<void> {
  const contacts = await countRecords(clio, "contact", context);
  const matters = await countRecords(clio, "matter", context);
  await store.mirrors.startFullSync(mirror.id, { contacts, matters }, lease);
}

/**
 * Reads one page of the pass under way. What the mirror has in the page's stretch of ids and Clio has not is deleted, so
 * that a pass leaves nothing behind that is gone; and a page read twice, after a stop, does no harm.
 * @returns whether that was the last page of the last kind
 */
export async function syncPage(
  parts: SyncParts,
  mirror: Mirror & { fullSync: FullSync },
  context: RequestContext,
): Promise<"goes on" | "ended"> {
  const { store, clio, lease } = parts;
  const { kind, after, next, read } = mirror.fullSync;
  const page = await pageOfRecords(clio, kind, next, context);
  const records = inOrder(page.records, after);
  const upTo = page.next === null ? null : (records.at(-1)?.content.id ?? after);
  await writeIdRange(parts, mirror, kind, records, { after, upTo });

  const readNow = kind === "user" ? read : read + records.length;
  const nextKind = KINDS[KINDS.indexOf(kind) + 1];
  if (page.next !== null && upTo !== null)
    await store.mirrors.advanceFullSync(
      mirror.id,
      { kind, after: upTo, next: page.next, read: readNow },
      lease,
    );
  else if (nextKind)
    await store.mirrors.advanceFullSync(
      mirror.id,
      { kind: nextKind, after: 0, next: null, read: readNow },
      lease,
    );
  else {
    await store.mirrors.completeFullSync(mirror.id, lease);
    return "ended";
  }
  return "goes on";
}

/** Begins the pass's kind again from its first page: Clio does not know the page any more where it stopped. */
export async function restartKind(
  { store, lease }: SyncParts,
  mirror: Mirror & { fullSync: FullSync },
): Promise<void> {
  await store.mirrors.advanceFullSync(mirror.id, { ...mirror.fullSync, after: 0, next: null }, lease);
}

/**
 * Reads everything that changed since the last poll, and all users: that a name or a number changed shows in no matter.
 */
export async function poll(parts: SyncParts, mirror: Mirror, context: RequestContext): Promise<void> {
  const { store, clio, now, lease } = parts;
  const begun = now();
  const polledAt = mirror.polledAt ?? begun;
  const since = polledAt - CLOCK_SKEW_MS;
  const users = await pageOfRecords(clio, "user", null, context);
  const all = users.next === null ? { after: 0, upTo: null } : "these";
  await store.mirrorRecords.put(mirror.id, "user", users.records.map(withTerms(parts)), all, lease);

  let tooMany = false;
  for (const kind of ["contact", "matter"] as const) {
    let changed = 0;
    await recordsChangedSince(clio, kind, since, context, async (records, total) => {
      changed += records.length;
      tooMany ||= (total ?? changed) > MAX_POLLED_RECORDS;
      if (tooMany) return "enough";
      await writeIdRange(parts, mirror, kind, records, "these");
      return "more";
    });
  }
  const upToDateUntil = Math.max(polledAt, mirror.fullSyncedAt ?? 0);
  if (tooMany || begun - upToDateUntil > MAX_POLL_GAP_MS) await store.mirrors.requestFullSync(mirror.firmId);
  await store.mirrors.recordPoll(mirror.id, begun, lease);
}

/**
 * Reads again what is noted as changed, many in one request. Deliveries come late, twice and out of order; what is read
 * here is what Clio has now, and whatever it has not is gone.
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
    await readAgain(parts, mirror, kind, changes, context);
    await store.pendingChanges.remove(mirror.id, changes, lease);
  }
}

async function readAgain(
  parts: SyncParts,
  mirror: Mirror,
  kind: ChangeKind,
  changes: readonly PendingChange[],
  context: RequestContext,
): Promise<void> {
  const ids = changes.map(({ recordId }) => recordId);
  const recordKind = kind === "client" ? "contact" : kind;
  const records = await recordsById(parts.clio, recordKind, ids, context);
  await writeIdRange(parts, mirror, recordKind, records, { ids });
  if (kind !== "client") return;
  for (const { content } of records) {
    const matters = await matterRecordsOf(parts.clio, content.id, context);
    await writeIdRange(parts, mirror, "matter", matters, "these");
  }
}

/** A few records at a time, each few with their part of the stretch. */
async function writeIdRange<Kind extends RecordKind>(
  parts: SyncParts,
  { id }: Mirror,
  kind: Kind,
  records: readonly FirmRecord<Kind>[],
  stretch: IdRange,
): Promise<void> {
  const { lease } = parts;
  const { put } = parts.store.mirrorRecords;
  if (stretch === "these" && records.length === 0) return;
  if (stretch !== "these" && "ids" in stretch) {
    await put(id, kind, records.map(withTerms(parts)), stretch, lease);
    return;
  }
  let after = stretch === "these" ? 0 : stretch.after;
  for (let at = 0; at === 0 || at < records.length; at += WRITE_BATCH_RECORDS) {
    const few = records.slice(at, at + WRITE_BATCH_RECORDS);
    const isLast = at + WRITE_BATCH_RECORDS >= records.length;
    const upTo = isLast && stretch !== "these" ? stretch.upTo : (few.at(-1)?.content.id ?? after);
    await put(id, kind, few.map(withTerms(parts)), stretch === "these" ? stretch : { after, upTo }, lease);
    after = upTo ?? after;
    await otherWork();
  }
}

function withTerms({ defaultCountry }: SyncParts) {
  return <Kind extends RecordKind>(record: FirmRecord<Kind>): MirrorRecord<Kind> => ({
    ...record,
    terms: isContact(record) ? contactTerms(record.content, defaultCountry) : [],
  });
}

function isContact(record: FirmRecord): record is FirmRecord<"contact"> {
  return record.kind === "contact";
}

/** Everything here rests on ascending ids; a list in another order would delete what is only elsewhere in it. */
function inOrder<Kind extends RecordKind>(
  records: readonly FirmRecord<Kind>[],
  after: number,
): readonly FirmRecord<Kind>[] {
  let last = after;
  for (const { content } of records) {
    if (content.id <= last) throw new ClioError("Clio's list is not in the order that was asked for.");
    last = content.id;
  }
  return records;
}
