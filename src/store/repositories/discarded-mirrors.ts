import { type Kysely, sql, type Transaction } from "kysely";
import type { Schema } from "../db/schema.ts";
import { unsyncedTransaction } from "../db/sqlite/unsynced-transaction.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { destroyMirrorKeys } from "./mirror-keys.ts";
import { requestErasure } from "./pending-erasures.ts";

/**
 * Discarding a mirror marks it with one update and destroys its data key; from then on it can't be used anymore. Its rows, up
 * to hundreds of thousands, are deleted later in batches, so that no call waits for them.
 */
export interface DiscardedMirrors {
  discard(firmId: string): Promise<void>;
  /** Discards the mirrors of all firms that aren't admitted anymore. */
  discardOrphans(): Promise<void>;
  /**
   * Deletes some rows of a discarded mirror, and the mirror itself once it has none.
   *
   * @param batchSize the approximate number of rows to delete from each table
   * @returns false if no discarded mirror is left
   */
  sweep(batchSize: number): Promise<boolean>;
}

/**
 * Discards the mirror of a firm, if it has one.
 *
 * @param now the clock, in milliseconds since 1970
 */
export async function discardMirror(
  trx: Transaction<Schema>,
  firmId: string,
  now: () => number,
): Promise<void> {
  const discarded = await trx
    .updateTable("mirrors")
    .set({ gone: 1 })
    .where("firm_id", "=", firmId)
    .where("gone", "=", 0)
    .returning("id")
    .execute();
  const ids = discarded.map(({ id }) => id);
  await destroyMirrorKeys(trx, ids, now);
}

/** @param now the clock, in milliseconds since 1970 */
export function createDiscardedMirrors(db: Kysely<Schema>, now: () => number): DiscardedMirrors {
  return {
    async discard(firmId) {
      await db.transaction().execute((trx) => discardMirror(trx, firmId, now));
    },

    async discardOrphans() {
      const reason = "the mirrors of firms that were removed, whose IDs are unknown";
      await db.transaction().execute(async (trx) => {
        const discarded = await acrossFirms(trx, reason)
          .updateTable("mirrors")
          .set({ gone: 1 })
          .where("gone", "=", 0)
          .where("firm_id", "not in", ({ selectFrom }) => selectFrom("firms").select("firms.id"))
          .returning("id")
          .execute();
        const ids = discarded.map(({ id }) => id);
        await destroyMirrorKeys(trx, ids, now);
      });
    },

    async sweep(batchSize) {
      const unguarded = acrossFirms(db, "discarded mirrors are deleted for all firms");
      const mirror = await unguarded
        .selectFrom("mirrors")
        .select("id")
        .where("gone", "=", 1)
        .limit(1)
        .executeTakeFirst();
      if (!mirror) return false;
      const deleteBatch = (
        trx: Transaction<Schema>,
        table: "mirror_records" | "mirror_terms" | "noted_changes",
        column: string,
      ) =>
        sql`delete from ${sql.table(table)} where mirror_id = ${mirror.id} and ${sql.ref(column)} in (
          select ${sql.ref(column)} from ${sql.table(table)} where mirror_id = ${mirror.id} limit ${batchSize})`.execute(
          trx,
        );
      const results = await unsyncedTransaction(unguarded, async (trx) => [
        await deleteBatch(trx, "mirror_terms", "hash"),
        await deleteBatch(trx, "mirror_records", "id"),
        await deleteBatch(trx, "noted_changes", "record_id"),
      ]);
      if (results.every(({ numAffectedRows }) => (numAffectedRows ?? 0n) === 0n))
        await db.transaction().execute(async (trx) => {
          await trx.deleteFrom("mirrors").where("id", "=", mirror.id).execute();
          await requestErasure(trx, now);
        });
      return true;
    },
  };
}
