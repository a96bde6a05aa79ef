import type { Kysely, Transaction } from "kysely";
import type { RecordKind } from "../../calls/firm-record.ts";
import { type Lease, renewLease } from "../coordination/leases.ts";
import { compileInsert } from "../db/compiled-insert.ts";
import type { Schema } from "../db/schema.ts";
import { unsyncedTransaction } from "../db/sqlite/unsynced-transaction.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { MissingKeyError } from "../encryption/seal-error.ts";
import type { MirrorKeys } from "./mirror-keys.ts";
import { type DigestedRecord, digestRecord, type MirrorRecord } from "./mirror-record-encryption.ts";

/** The IDs for which a batch of records is complete: other records that the mirror has for these IDs are no longer in Clio. */
export type IdRange =
  /** Above one ID, up to another; null for no upper limit. */
  | { readonly after: number; readonly upTo: number | null }
  /** Exactly these IDs. */
  | { readonly ids: readonly number[] }
  /** The batch isn't complete for any IDs, so nothing is deleted. */
  | "no-deletions";

interface RecordWriterParts {
  readonly db: Kysely<Schema>;
  readonly keys: MirrorKeys;
  readonly inserts: RecordInserts;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Databases limit the number of values in a query. */
const MAX_VALUES_PER_QUERY = 5_000;
/** The inserts that bring records and their terms into the mirrors. */
export type RecordInserts = ReturnType<typeof compileRecordInserts>;

export function compileRecordInserts(db: Kysely<Schema>) {
  return {
    upsertRows: compileInsert(
      ["mirror_id", "kind", "id", "client_id", "contact_id", "matter_id", "digest", "sealed"],
      (rows) =>
        db
          .insertInto("mirror_records")
          .values(rows)
          .onConflict((conflict) =>
            conflict.columns(["mirror_id", "kind", "id"]).doUpdateSet(({ ref }) => ({
              client_id: ref("excluded.client_id"),
              contact_id: ref("excluded.contact_id"),
              matter_id: ref("excluded.matter_id"),
              digest: ref("excluded.digest"),
              sealed: ref("excluded.sealed"),
            })),
          ),
    ),
    insertTerms: compileInsert(["mirror_id", "hash", "contact_id"], (rows) =>
      db.insertInto("mirror_terms").values(rows),
    ),
  };
}

/**
 * Brings a mirror up to date with a batch of Clio's records: inserts new records, updates changed ones, and deletes those of
 * the range that are not in the batch. All of it, or nothing.
 *
 * @returns how many records were written or deleted; 0 if the mirror was discarded
 * @throws LeaseLostError if the lease was lost
 */
export async function writeMirrorRecords(
  { db, keys, inserts, now }: RecordWriterParts,
  mirrorId: number,
  kind: RecordKind,
  records: readonly MirrorRecord[],
  idRange: IdRange,
  lease?: Lease,
): Promise<number> {
  const cipher = await cipherUnlessDiscarded(db, keys, mirrorId);
  if (!cipher) return 0;
  // If a list changes while it is paged, Clio can return a record twice. The later one is newer.
  const latest = new Map(records.map((record) => [record.content.id, record]));
  const batch = [...latest.values()].map((record) => digestRecord(record, cipher));
  const ids = batch.map(({ id }) => id);
  return unsyncedTransaction(db, async (trx) => {
    const existing = await existingDigests(trx, mirrorId, kind, ids, idRange);
    const changed = batch.filter(({ id, digest }) => existing.get(id) !== digest);
    const inClio = new Set(ids);
    const deleted = [...existing.keys()].filter((id) => !inClio.has(id));
    if (changed.length === 0 && deleted.length === 0) return 0;
    await renewLease(trx, lease, now);

    const growth = changed.filter(({ id }) => !existing.has(id)).length - deleted.length;
    const mirror = await trx
      .updateTable("mirrors")
      .set(({ eb }) => ({
        changed_at: now(),
        contacts: eb("contacts", "+", kind === "contact" ? growth : 0),
        matters: eb("matters", "+", kind === "matter" ? growth : 0),
        users: eb("users", "+", kind === "user" ? growth : 0),
        users_revision: eb("users_revision", "+", kind === "user" ? 1 : 0),
      }))
      .where("id", "=", mirrorId)
      .where("gone", "=", 0)
      .returning("id")
      .executeTakeFirst();
    if (!mirror) return 0;
    if (deleted.length > 0) await deleteRecords(trx, mirrorId, kind, deleted);
    await upsertRecords(trx, inserts, mirrorId, kind, changed, existing);
    return changed.length + deleted.length;
  });
}

/** Returns null if the mirror was discarded, which destroys its key. */
async function cipherUnlessDiscarded(
  db: Kysely<Schema>,
  keys: MirrorKeys,
  mirrorId: number,
): Promise<RecordCipher | null> {
  try {
    return await keys.cipherFor(mirrorId);
  } catch (error) {
    if (!(error instanceof MissingKeyError)) throw error;
    const mirror = await db
      .selectFrom("mirrors")
      .select("id")
      .where("id", "=", mirrorId)
      .where("gone", "=", 0)
      .executeTakeFirst();
    // The key of a mirror in use was lost in a crash of PostgreSQL. Nothing may count as written until that is dealt with.
    if (mirror) throw error;
    return null;
  }
}

/** The stored digests, by ID, of the range and of the given IDs. */
async function existingDigests(
  trx: Transaction<Schema>,
  mirrorId: number,
  kind: RecordKind,
  ids: readonly number[],
  idRange: IdRange,
): Promise<Map<number, string>> {
  let query = trx
    .selectFrom("mirror_records")
    .select(["id", "digest"])
    .where("mirror_id", "=", mirrorId)
    .where("kind", "=", kind);
  if (idRange === "no-deletions" || "ids" in idRange) {
    const wanted = idRange === "no-deletions" ? ids : [...new Set([...ids, ...idRange.ids])];
    if (wanted.length === 0) return new Map();
    query = query.where("id", "in", wanted);
  } else {
    query = query.where("id", ">", idRange.after);
    if (idRange.upTo !== null) query = query.where("id", "<=", idRange.upTo);
  }
  return new Map((await query.execute()).map(({ id, digest }) => [id, digest]));
}

async function deleteRecords(
  trx: Transaction<Schema>,
  mirrorId: number,
  kind: RecordKind,
  ids: readonly number[],
) {
  for (let start = 0; start < ids.length; start += MAX_VALUES_PER_QUERY) {
    const batch = ids.slice(start, start + MAX_VALUES_PER_QUERY);
    await trx
      .deleteFrom("mirror_records")
      .where("mirror_id", "=", mirrorId)
      .where("kind", "=", kind)
      .where("id", "in", batch)
      .execute();
    if (kind === "contact") await deleteTerms(trx, mirrorId, batch);
  }
}

async function deleteTerms(trx: Transaction<Schema>, mirrorId: number, contactIds: readonly number[]) {
  await trx
    .deleteFrom("mirror_terms")
    .where("mirror_id", "=", mirrorId)
    .where("contact_id", "in", contactIds)
    .execute();
}

async function upsertRecords(
  trx: Transaction<Schema>,
  { upsertRows, insertTerms }: RecordInserts,
  mirrorId: number,
  kind: RecordKind,
  records: readonly DigestedRecord[],
  existing: ReadonlyMap<number, string>,
): Promise<void> {
  const rows = records.map((record) => ({
    mirror_id: mirrorId,
    kind,
    id: record.id,
    ...record.links,
    digest: record.digest,
    sealed: record.encryptContent(),
  }));
  await upsertRows(trx, rows);
  const updated = records.filter(({ id }) => existing.has(id)).map(({ id }) => id);
  if (kind === "contact" && updated.length > 0) await deleteTerms(trx, mirrorId, updated);
  const terms = records.flatMap((record) =>
    record.hashTerms().map((hash) => ({ mirror_id: mirrorId, hash, contact_id: record.id })),
  );
  await insertTerms(trx, terms);
}
