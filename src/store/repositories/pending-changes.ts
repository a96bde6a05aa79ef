import { type Kysely, sql } from "kysely";
import { type Lease, renewLease } from "../coordination/leases.ts";
import { compileInsert } from "../db/compiled-insert.ts";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { NotedChangeRow, Schema } from "../db/schema.ts";

/** What has to be read again: a contact, a matter, or a contact with all of their matters (`client`). */
export type ChangeKind = NotedChangeRow["kind"];

/** A record that changed in Clio and hasn't been read since. */
export interface PendingChange {
  readonly kind: ChangeKind;
  readonly recordId: number;
  /** How often the change was reported. */
  readonly times: number;
}

/** The records of a mirror that have to be read again (`docs/decisions/0004-only-ids-in-webhooks.md`). */
export interface PendingChanges {
  /** Adds changes. Durable once it resolves. Has no effect on a discarded mirror. */
  add(mirrorId: number, kind: ChangeKind, recordIds: readonly number[]): Promise<void>;
  /** The next changes of one kind. */
  next(mirrorId: number, kind: ChangeKind, limit: number): Promise<PendingChange[]>;
  /**
   * Removes changes after the records were read, except those that were reported again in the meantime.
   *
   * @param lease the lease under which they were read
   * @throws LeaseLostError if the lease was lost; all changes remain
   */
  remove(mirrorId: number, changes: readonly PendingChange[], lease?: Lease): Promise<void>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createPendingChanges(db: Kysely<Schema>, now: () => number): PendingChanges {
  // An update, not a select: it locks the row, so that the mirror can't be swept before the changes are added.
  const lockMirror = compileQuery(db, (param: Param<"mirrorId">) =>
    db
      .updateTable("mirrors")
      .set({ gone: sql.lit(0) })
      .where("id", "=", param("mirrorId"))
      .where("gone", "=", sql.lit(0))
      .returning("id"),
  );
  const addChanges = compileInsert(["mirror_id", "kind", "record_id", "times"], (rows) =>
    db
      .insertInto("noted_changes")
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(["mirror_id", "kind", "record_id"])
          .doUpdateSet(({ eb }) => ({ times: eb("noted_changes.times", "+", sql.lit(1)) })),
      ),
  );

  return {
    async add(mirrorId, kind, recordIds) {
      const ids = new Set(recordIds);
      if (ids.size === 0) return;
      await db.transaction().execute(async (trx) => {
        const [mirror] = await lockMirror({ mirrorId }, trx);
        if (!mirror) return;
        const changes = Array.from(ids, (id) => ({ mirror_id: mirrorId, kind, record_id: id, times: 1 }));
        await addChanges(trx, changes);
      });
    },

    async next(mirrorId, kind, limit) {
      const rows = await db
        .selectFrom("noted_changes")
        .select(["kind", "record_id", "times"])
        .where("mirror_id", "=", mirrorId)
        .where("kind", "=", kind)
        .orderBy("record_id")
        .limit(limit)
        .execute();
      return rows.map(({ kind, record_id, times }) => ({ kind, recordId: record_id, times }));
    },

    async remove(mirrorId, changes, lease) {
      await db.transaction().execute(async (trx) => {
        await renewLease(trx, lease, now);
        for (const { kind, recordId, times } of changes)
          await trx
            .deleteFrom("noted_changes")
            .where("mirror_id", "=", mirrorId)
            .where("kind", "=", kind)
            .where("record_id", "=", recordId)
            .where("times", "=", times)
            .execute();
      });
    },
  };
}
