import { setTimeout as pause } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** PostgreSQL's serialization_failure and deadlock_detected. */
const RETRYABLE_ERROR_CODES = new Set(["40001", "40P01"]);
const MAX_ATTEMPTS = 50;
const MAX_RETRY_DELAY_MS = 20;

/**
 * Runs a transaction as if no other one ran at the same time. PostgreSQL aborts some of those that conflict, and they are
 * retried; SQLite has only one writer at a time.
 *
 * @param work may run several times, so it must have no effect outside the database
 * @throws what `work` throws, or the database's error
 */
export async function serializableTransaction<T>(
  db: Kysely<Schema>,
  work: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel("serializable").execute(work);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isRetryable(error)) throw error;
      await pause(Math.random() * MAX_RETRY_DELAY_MS);
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && "code" in error && RETRYABLE_ERROR_CODES.has(String(error.code));
}
