import type { Kysely } from "kysely";
import { type Lease, renewLease, withLease } from "../coordination/leases.ts";
import type { MirrorRow, Schema } from "../db/schema.ts";
import { unsyncedTransaction } from "../db/sqlite/unsynced-transaction.ts";
import type { FullSync } from "./mirror.ts";

/**
 * How far a mirror's full sync, polling and webhooks are. Methods with a lease write only while its holder has it; otherwise
 * they throw a `LeaseLostError` and have no effect.
 */
export interface SyncProgress {
  /** Has the next sync step start a full sync, even if the mirror is waiting to retry. */
  requestFullSync(firmId: string): Promise<void>;
  startFullSync(
    mirrorId: number,
    totals: Pick<FullSync, "contacts" | "matters">,
    lease?: Lease,
  ): Promise<void>;
  /** Records that a page was read, and where the full sync continues. */
  advanceFullSync(
    mirrorId: number,
    progress: Pick<FullSync, "kind" | "after" | "next" | "read">,
    lease?: Lease,
  ): Promise<void>;
  /** Ends a full sync. If it was the first, the mirror is complete. */
  completeFullSync(mirrorId: number, lease?: Lease): Promise<void>;
  /** Records that the mirror has every change up to that moment. */
  recordPoll(mirrorId: number, upTo: number, lease?: Lease): Promise<void>;
  /** @param address the service's address that the webhooks were checked against */
  recordWebhookCheck(mirrorId: number, address: string, errorCode: string | null): Promise<void>;
  /** Records that a sync step succeeded. */
  recordSuccess(mirrorId: number): Promise<void>;
  /** Records that a sync step failed, and when to try again. */
  recordFailure(mirrorId: number, errorCode: string, retryAt: number): Promise<void>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createSyncProgress(db: Kysely<Schema>, now: () => number): SyncProgress {
  function update(db: Kysely<Schema>, mirrorId: number, change: Partial<MirrorRow>) {
    return db.updateTable("mirrors").set(change).where("id", "=", mirrorId).execute();
  }

  /** Progress that a power failure undoes is made again. It never survives without the records that were written before it. */
  function updateProgress(mirrorId: number, progress: Partial<MirrorRow>, lease?: Lease) {
    return unsyncedTransaction(db, async (trx) => {
      await renewLease(trx, lease, now);
      await update(trx, mirrorId, progress);
    });
  }

  return {
    async requestFullSync(firmId) {
      await db
        .updateTable("mirrors")
        .set({ pass_wanted: 1, retry_at: 0 })
        .where("firm_id", "=", firmId)
        .where("gone", "=", 0)
        .execute();
    },

    async startFullSync(mirrorId, { contacts, matters }, lease) {
      const started: Partial<MirrorRow> = {
        pass_kind: "user",
        pass_after: 0,
        pass_next: null,
        pass_begun_at: now(),
        pass_contacts: contacts,
        pass_matters: matters,
        pass_read: 0,
        pass_wanted: 0,
      };
      await updateProgress(mirrorId, started, lease);
    },

    async advanceFullSync(mirrorId, { kind, after, next, read }, lease) {
      const progress = { pass_kind: kind, pass_after: after, pass_next: next, pass_read: read };
      await updateProgress(mirrorId, progress, lease);
    },

    async completeFullSync(mirrorId, lease) {
      await withLease(db, lease, now, (db) =>
        db
          .updateTable("mirrors")
          .set(({ ref, fn, val }) => ({
            // Records may have changed after the first full sync read them: the next poll starts from when it began.
            polled_at: fn.coalesce("polled_at", "pass_begun_at"),
            complete_at: fn.coalesce(ref("complete_at"), val(now())),
            passed_at: now(),
            pass_kind: null,
            pass_next: null,
            pass_begun_at: null,
          }))
          .where("id", "=", mirrorId)
          .execute(),
      );
    },

    async recordPoll(mirrorId, upTo, lease) {
      await updateProgress(mirrorId, { polled_at: upTo }, lease);
    },

    async recordWebhookCheck(mirrorId, address, errorCode) {
      await update(db, mirrorId, {
        hooks_checked_at: now(),
        hooks_address: address,
        hooks_trouble: errorCode,
      });
    },

    async recordSuccess(mirrorId) {
      await db
        .updateTable("mirrors")
        .set({ trouble: null, failures: 0, retry_at: 0 })
        .where("id", "=", mirrorId)
        .where("failures", ">", 0)
        .execute();
    },

    async recordFailure(mirrorId, errorCode, retryAt) {
      await db
        .updateTable("mirrors")
        .set(({ eb }) => ({ trouble: errorCode, retry_at: retryAt, failures: eb("failures", "+", 1) }))
        .where("id", "=", mirrorId)
        .execute();
    },
  };
}
