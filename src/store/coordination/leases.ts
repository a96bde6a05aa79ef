import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";
import { unsyncedQuery } from "../db/sqlite/unsynced-transaction.ts";

/** The exclusive right to do something, such as to sync a firm, until a time that the holder keeps extending. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** How long the lease lasts after each renewal. */
  readonly durationMs: number;
}

/** Another process has taken over the lease, or it was released. Nothing was written under it. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
  readonly code = "lease_lost";

  constructor({ name }: Lease) {
    super(`the lease "${name}" was lost to another process`);
  }
}

/** Lets one process at a time do something that takes long (`docs/decisions/0007-leases-and-locks.md`). */
export interface Leases {
  /**
   * Acquires a lease, or extends it if the holder already has it. If the holder dies, others can acquire it after that time.
   *
   * @returns false while another holder has it
   */
  acquire(name: string, holder: string, durationMs: number): Promise<boolean>;
  /** Extends a lease. @throws LeaseLostError if the holder doesn't have it anymore */
  renew(lease: Lease): Promise<void>;
  /** Gives a lease back. Has no effect if another holder has it. */
  release(name: string, holder: string): Promise<void>;
}

/**
 * Writes in a transaction that renews the lease, so that a process that stalled and was replaced writes nothing outdated.
 * Without a lease, just writes.
 *
 * @throws LeaseLostError if the holder doesn't have the lease anymore; nothing is written
 */
export function withLease<T>(
  db: Kysely<Schema>,
  lease: Lease | undefined,
  now: () => number,
  write: (db: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  if (!lease) return write(db);
  return db.transaction().execute(async (trx) => {
    await renewLease(trx, lease, now);
    return write(trx);
  });
}

/**
 * Renews a lease, if there is one. In a transaction, the row stays locked until the end, so no other holder can acquire it before.
 *
 * @throws LeaseLostError if the holder doesn't have it anymore
 */
export async function renewLease(
  db: Kysely<Schema>,
  lease: Lease | undefined,
  now: () => number,
): Promise<void> {
  if (!lease) return;
  const { name, holder, durationMs } = lease;
  const renewed = await db
    .updateTable("leases")
    .set({ until: now() + durationMs })
    .where("name", "=", name)
    .where("holder", "=", holder)
    .returning("name")
    .executeTakeFirst();
  if (!renewed) throw new LeaseLostError(lease);
}

/**
 * On SQLite, nothing here waits for the disk: after a power failure, all holders are gone, and others can acquire their leases as
 * soon as they expire.
 *
 * @param now the clock, in milliseconds since 1970
 */
export function createLeases(db: Kysely<Schema>, now: () => number): Leases {
  return {
    async acquire(name, holder, durationMs) {
      const until = now() + durationMs;
      const acquired = await unsyncedQuery(db, (db) =>
        db
          .insertInto("leases")
          .values({ name, holder, until })
          .onConflict((conflict) =>
            conflict
              .column("name")
              .doUpdateSet({ holder, until })
              .where(({ or, eb }) => or([eb("leases.holder", "=", holder), eb("leases.until", "<=", now())])),
          )
          .returning("name")
          .executeTakeFirst(),
      );
      return acquired !== undefined;
    },

    renew: (lease) => unsyncedQuery(db, (db) => renewLease(db, lease, now)),

    async release(name, holder) {
      await unsyncedQuery(db, (db) =>
        db.deleteFrom("leases").where("name", "=", name).where("holder", "=", holder).execute(),
      );
    },
  };
}
