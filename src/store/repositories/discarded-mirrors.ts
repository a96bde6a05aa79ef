import { type Kysely, sql } from "kysely";
import type { Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";

/**
 * Discarding a mirror marks it with one update, and from then on it isn't used anymore. Its rows, up to hundreds of thousands,
 * are deleted later in batches, so that no call waits for them.
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

export function createDiscardedMirrors(db: Kysely<Schema>): DiscardedMirrors {
  return {
    async discard(firmId) {
      await db
        .updateTable("mirrors")
        .set({ gone: 1 })
        .where("firm_id", "=", firmId)
        .where("gone", "=", 0)
        .execute();
    },

    async discardOrphans() {
      await acrossFirms(db, "the mirrors of firms that were removed, whose IDs are unknown")
        .updateTable("mirrors")
        .set({ gone: 1 })
        .where("gone", "=", 0)
        .where("firm_id", "not in", ({ selectFrom }) => selectFrom("firms").select("firms.id"))
        .execute();
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
      const deleteBatch = (table: "mirror_records" | "mirror_terms" | "noted_changes", column: string) =>
        sql`delete from ${sql.table(table)} where mirror_id = ${mirror.id} and ${sql.ref(column)} in (
          select ${sql.ref(column)} from ${sql.table(table)} where mirror_id = ${mirror.id} limit ${batchSize})`.execute(
          unguarded,
        );
      const results = [
        await deleteBatch("mirror_terms", "hash"),
        await deleteBatch("mirror_records", "id"),
        await deleteBatch("noted_changes", "record_id"),
      ];
      if (results.every(({ numAffectedRows }) => (numAffectedRows ?? 0n) === 0n))
        await db.deleteFrom("mirrors").where("id", "=", mirror.id).execute();
      return true;
    },
  };
}
