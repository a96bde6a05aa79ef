import { setTimeout as pause } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** What PostgreSQL calls transactions that cannot stand side by side, and such as wait for each other. */
const TO_BE_TRIED_AGAIN = new Set(["40001", "40P01"]);
const MOST_TRIES = 50;
const LONGEST_PAUSE = 20;

/**
 * Runs a transaction that decides by what others may be changing: as if they came one after the other. PostgreSQL refuses
 * some of those that meet, and has them made again; SQLite has one writer at a time anyway.
 *
 * @param work is run from its beginning each time; it does nothing but ask the database
 * @throws what `work` throws, or the database's error
 */
export async function serializable<T>(
  db: Kysely<Schema>,
  work: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().setIsolationLevel("serializable").execute(work);
    } catch (error) {
      if (tries === MOST_TRIES || !isToBeTriedAgain(error)) throw error;
      await pause(Math.random() * LONGEST_PAUSE);
    }
  }
}

function isToBeTriedAgain(error: unknown): boolean {
  return error instanceof Error && "code" in error && TO_BE_TRIED_AGAIN.has(String(error.code));
}
