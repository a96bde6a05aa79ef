import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../db/schema.ts";

/** Named locks over all processes of the database (`docs/decisions/0007-leases-and-locks.md`). */
export interface Locks {
  /**
   * Waits for the lock, does the work, and releases the lock. If a process dies, its lock is released.
   *
   * @returns what the work returns
   * @throws what the work throws, or the database's error if the lock can't be acquired
   */
  withLock<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Locks for an SQLite store, which only one process uses: a queue of promises for each name. */
export function createInProcessLocks(): Locks {
  const lastInQueue = new Map<string, Promise<unknown>>();
  return {
    async withLock(name, work) {
      const result = (lastInQueue.get(name) ?? Promise.resolve()).then(work, work);
      lastInQueue.set(name, result);
      try {
        return await result;
      } finally {
        if (lastInQueue.get(name) === result) lastInQueue.delete(name);
      }
    },
  };
}

/**
 * Locks for a PostgreSQL store: advisory locks, which are released with their transaction.
 *
 * @param db a pool of its own, because waiting for a lock occupies a connection
 */
export function createAdvisoryLocks(db: Kysely<Schema>): Locks {
  return {
    async withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
      const settled: { result?: PromiseSettledResult<T> } = {};
      try {
        await db.transaction().execute(async (trx) => {
          await sql`select pg_advisory_xact_lock(${lockId(name)}::bigint)`.execute(trx);
          [settled.result] = await Promise.allSettled([work()]);
        });
      } catch (error) {
        // If the connection broke only after the work was done, the work's result counts.
        if (!settled.result) throw error;
      }
      if (settled.result?.status !== "fulfilled") throw settled.result?.reason;
      return settled.result.value;
    },
  };
}

/** PostgreSQL identifies a lock by 64 bits. If two names collide, they wait for each other without other harm. */
function lockId(name: string): string {
  return createHash("sha256").update(name).digest().readBigInt64BE().toString();
}
