import { setImmediate as otherWork } from "node:timers/promises";
import type { Budget } from "../budget.ts";
import type { FirmRecord, RecordKind } from "../calls/firm-record.ts";
import { type CountryCode, contactTerms } from "../calls/found-by.ts";
import {
  countRecords,
  IDS_A_REQUEST,
  matterRecordsOf,
  pageOfRecords,
  recordsById,
  recordsChangedSince,
} from "../clio/firm-records.ts";
import type { ClioAccess } from "../clio/pages.ts";
import { ClioError } from "../errors.ts";
import type { Lease } from "../store/leases.ts";
import type { MirrorRecord, Stretch } from "../store/mirror-records.ts";
import type { Mirror, Pass } from "../store/mirrors.ts";
import type { ChangeKind, NotedChange } from "../store/noted-changes.ts";
import type { Store } from "../store/store.ts";
import { CLOCK_DIFFERENCE, LONGEST_GAP } from "./what-is-due.ts";

/** What reading a firm takes. */
export interface ReadingParts {
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
const RECORDS_A_WRITE = 40;

/** Each costs a request for their matters, and all have to fit into what a minute leaves to the reading. */
const CLIENTS_AT_ONCE = 20;

/** More changes than this at once are somebody's import: a pass, which can stop on its way, reads them. */
const MOST_POLLED = 2_000;

/** Begins a walk over everything, with what Clio says there is. */
export async function beginPass(
  { store, clio, lease }: ReadingParts,
  mirror: Mirror,
  budget: Budget,
): Promise<void> {
  const contacts = await countRecords(clio, "contact", budget);
  const matters = await countRecords(clio, "matter", budget);
  await store.mirrors.beginPass(mirror.id, { contacts, matters }, lease);
}

/**
 * Reads one page of the pass under way. What the mirror has in the page's stretch of ids and Clio has not is deleted, so
 * that a pass leaves nothing behind that is gone; and a page read twice, after a stop, does no harm.
 * @returns whether that was the last page of the last kind
 */
export async function readPage(
  parts: ReadingParts,
  mirror: Mirror & { pass: Pass },
  budget: Budget,
): Promise<"goes on" | "ended"> {
  const { store, clio, lease } = parts;
  const { kind, after, next, read } = mirror.pass;
  const page = await pageOfRecords(clio, kind, next, budget);
  const records = inOrder(page.records, after);
  const upTo = page.next === null ? null : (records.at(-1)?.content.id ?? after);
  await putStretch(parts, mirror, kind, records, { after, upTo });

  const readNow = kind === "user" ? read : read + records.length;
  const nextKind = KINDS[KINDS.indexOf(kind) + 1];
  if (page.next !== null && upTo !== null)
    await store.mirrors.passedOn(mirror.id, { kind, after: upTo, next: page.next, read: readNow }, lease);
  else if (nextKind)
    await store.mirrors.passedOn(mirror.id, { kind: nextKind, after: 0, next: null, read: readNow }, lease);
  else {
    await store.mirrors.endPass(mirror.id, lease);
    return "ended";
  }
  return "goes on";
}

/** Begins the pass's kind again from its first page: Clio does not know the page any more where it stopped. */
export async function beginKindAgain(
  { store, lease }: ReadingParts,
  mirror: Mirror & { pass: Pass },
): Promise<void> {
  await store.mirrors.passedOn(mirror.id, { ...mirror.pass, after: 0, next: null }, lease);
}

/**
 * Reads everything that changed since the last poll, and all users: that a name or a number changed shows in no matter.
 */
export async function poll(parts: ReadingParts, mirror: Mirror, budget: Budget): Promise<void> {
  const { store, clio, now, lease } = parts;
  const begun = now();
  const polledAt = mirror.polledAt ?? begun;
  const since = polledAt - CLOCK_DIFFERENCE;
  const users = await pageOfRecords(clio, "user", null, budget);
  const all = users.next === null ? { after: 0, upTo: null } : "these";
  await store.mirrorRecords.put(mirror.id, "user", users.records.map(withTerms(parts)), all, lease);

  let tooMany = false;
  for (const kind of ["contact", "matter"] as const) {
    let changed = 0;
    await recordsChangedSince(clio, kind, since, budget, async (records, total) => {
      changed += records.length;
      tooMany ||= (total ?? changed) > MOST_POLLED;
      if (tooMany) return "enough";
      await putStretch(parts, mirror, kind, records, "these");
      return "more";
    });
  }
  const upToDateUntil = Math.max(polledAt, mirror.passedAt ?? 0);
  if (tooMany || begun - upToDateUntil > LONGEST_GAP) await store.mirrors.wantPass(mirror.firmId);
  await store.mirrors.polled(mirror.id, begun, lease);
}

/**
 * Reads again what is noted as changed, many in one request. Deliveries come late, twice and out of order; what is read
 * here is what Clio has now, and whatever it has not is gone.
 */
export async function readChanges(parts: ReadingParts, mirror: Mirror, budget: Budget): Promise<void> {
  const { store, lease } = parts;
  for (const kind of ["contact", "matter", "client"] as const) {
    const limit = kind === "client" ? CLIENTS_AT_ONCE : IDS_A_REQUEST;
    const changes = await store.notedChanges.some(mirror.id, kind, limit);
    if (changes.length === 0) continue;
    await readAgain(parts, mirror, kind, changes, budget);
    await store.notedChanges.done(mirror.id, changes, lease);
  }
}

async function readAgain(
  parts: ReadingParts,
  mirror: Mirror,
  kind: ChangeKind,
  changes: readonly NotedChange[],
  budget: Budget,
): Promise<void> {
  const ids = changes.map(({ recordId }) => recordId);
  const recordKind = kind === "client" ? "contact" : kind;
  const records = await recordsById(parts.clio, recordKind, ids, budget);
  await putStretch(parts, mirror, recordKind, records, { ids });
  if (kind !== "client") return;
  for (const { content } of records) {
    const matters = await matterRecordsOf(parts.clio, content.id, budget);
    await putStretch(parts, mirror, "matter", matters, "these");
  }
}

/** A few records at a time, each few with their part of the stretch. */
async function putStretch<Kind extends RecordKind>(
  parts: ReadingParts,
  { id }: Mirror,
  kind: Kind,
  records: readonly FirmRecord<Kind>[],
  stretch: Stretch,
): Promise<void> {
  const { lease } = parts;
  const { put } = parts.store.mirrorRecords;
  if (stretch === "these" && records.length === 0) return;
  if (stretch !== "these" && "ids" in stretch) {
    await put(id, kind, records.map(withTerms(parts)), stretch, lease);
    return;
  }
  let after = stretch === "these" ? 0 : stretch.after;
  for (let at = 0; at === 0 || at < records.length; at += RECORDS_A_WRITE) {
    const few = records.slice(at, at + RECORDS_A_WRITE);
    const isLast = at + RECORDS_A_WRITE >= records.length;
    const upTo = isLast && stretch !== "these" ? stretch.upTo : (few.at(-1)?.content.id ?? after);
    await put(id, kind, few.map(withTerms(parts)), stretch === "these" ? stretch : { after, upTo }, lease);
    after = upTo ?? after;
    await otherWork();
  }
}

function withTerms({ defaultCountry }: ReadingParts) {
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
