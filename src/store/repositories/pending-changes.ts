import type { Kysely } from "kysely";
import { type Lease, renewLease } from "../coordination/leases.ts";
import type { NotedChangeRow, Schema } from "../db/schema.ts";

/** What is to be read again: a contact, a matter, or a contact with all their matters (`client`). */
export type ChangeKind = NotedChangeRow["kind"];

/** Something that Clio says has changed. */
export interface PendingChange {
  readonly kind: ChangeKind;
  readonly recordId: number;
  /** How often it was noted. */
  readonly times: number;
}

/** What waits to be read again in Clio. Only that something changed is noted: what it is now, Clio says. */
export interface PendingChanges {
  /** Notes changes, once each. On the disk once it resolves. Does nothing for a mirror that was given up. */
  add(mirrorId: number, kind: ChangeKind, recordIds: readonly number[]): Promise<void>;
  /** Some of what waits, of one kind. */
  next(mirrorId: number, kind: ChangeKind, limit: number): Promise<PendingChange[]>;
  /**
   * These have been read. What was noted again meanwhile stays.
   * @param lease under which they were read
   * @throws LeaseLost, and all of them stay, when somebody else reads the firm by now
   */
  remove(mirrorId: number, changes: readonly PendingChange[], lease?: Lease): Promise<void>;
}

/** @param now milliseconds since 1970 */
export function createPendingChanges(db: Kysely<Schema>, now: () => number): PendingChanges {
  return {
    async add(mirrorId, kind, recordIds) {
      const ids = [...new Set(recordIds)];
      if (ids.length === 0) return;
      await db.transaction().execute(async (trx) => {
        // Written, so that nobody sweeps the mirror away before this is in.
        const mirror = await trx
          .updateTable("mirrors")
          .set({ gone: 0 })
          .where("id", "=", mirrorId)
          .where("gone", "=", 0)
          .returning("id")
          .executeTakeFirst();
        if (!mirror) return;
        await trx
          .insertInto("noted_changes")
          .values(ids.map((id) => ({ mirror_id: mirrorId, kind, record_id: id, times: 1 })))
          .onConflict((conflict) =>
            conflict
              .columns(["mirror_id", "kind", "record_id"])
              .doUpdateSet(({ eb }) => ({ times: eb("noted_changes.times", "+", 1) })),
          )
          .execute();
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
