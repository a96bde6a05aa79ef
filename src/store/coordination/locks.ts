import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../db/schema.ts";

/** What only one may do at a time, over all processes of the database, and the others wait for. */
export interface Locks {
  /**
   * Does the work when it is its turn: everybody else who came with that name before is through, or dead.
   *
   * @returns what the work returns
   * @throws what the work throws; the database's error when it cannot say whose turn it is
   */
  withLock<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** For an embedded store: one process, whose turns are promises. */
export function createInProcessLocks(): Locks {
  const last = new Map<string, Promise<unknown>>();
  return {
    async withLock(name, work) {
      const turn = (last.get(name) ?? Promise.resolve()).then(work, work);
      last.set(name, turn);
      try {
        return await turn;
      } finally {
        if (last.get(name) === turn) last.delete(name);
      }
    },
  };
}

/**
 * By PostgreSQL's advisory locks, which end with the transaction that holds them, and the transaction with its process.
 * @param db connections for this alone: whoever waits for a turn holds one
 */
export function createAdvisoryLocks(db: Kysely<Schema>): Locks {
  return {
    async withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
      const turn: { outcome?: PromiseSettledResult<T> } = {};
      try {
        await db.transaction().execute(async (trx) => {
          await sql`select pg_advisory_xact_lock(${lockOf(name)}::bigint)`.execute(trx);
          [turn.outcome] = await Promise.allSettled([work()]);
        });
      } catch (error) {
        // Without an outcome it was nobody's turn; with one, the server went away behind it.
        if (!turn.outcome) throw error;
      }
      if (turn.outcome?.status !== "fulfilled") throw turn.outcome?.reason;
      return turn.outcome.value;
    },
  };
}

/** A lock is a number of 64 bits. Two names that share one would wait for each other, and nothing else. */
function lockOf(name: string): string {
  return createHash("sha256").update(name).digest().readBigInt64BE().toString();
}
