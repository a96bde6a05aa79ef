import { type Kysely, PostgresAdapter, sql, type Transaction } from "kysely";
import type { Schema } from "./db/schema.ts";
import { isSqliteBusy, truncateWal } from "./db/sqlite/sqlite.ts";
import { acrossFirms } from "./db/tenant-guard.ts";

/**
 * Erases deleted rows from the database's files, because their bytes stay in PostgreSQL's files and in SQLite's WAL. For records
 * and tokens that is harmless, because their data keys are destroyed. For the data keys it isn't: `SECRET_KEY` unwraps them. (`docs/explanation/security.md`, "Gone means gone")
 */
export interface Erasure {
  /**
   * Rewrites the tables of data keys if anything was deleted since the last time, and empties SQLite's WAL.
   *
   * @returns false if another connection prevents it; try again later
   */
  finish(): Promise<boolean>;
}

/** They have a few rows for each firm or user, so rewriting them takes milliseconds. They are locked in this order, as when keys are deleted. */
const KEY_TABLES = ["mirror_keys", "connection_keys", "firm_keys", "call_keys"] as const;

/** While a backup reads the tables, calls that need a key wait this long at most. */
const LOCK_TIMEOUT_MS = 200;
/** PostgreSQL's lock_not_available and deadlock_detected. */
const BUSY_CODES: readonly unknown[] = ["55P03", "40P01"];
const MAX_ROWS_PER_INSERT = 1_000;

export function createErasure(db: Kysely<Schema>): Erasure {
  const unguarded = acrossFirms(db, "the keys of all firms are rewritten, no matter which were deleted");
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;

  return {
    async finish() {
      const pending = await unguarded.selectFrom("pending_erasures").select("id").execute();
      if (pending.length === 0) return true;
      const ids = pending.map(({ id }) => id);
      try {
        await unguarded.transaction().execute(async (trx) => {
          if (isPostgres) await lockKeyTables(trx);
          for (const table of KEY_TABLES) await rewrite(trx, table, isPostgres);
          // In SQLite, the old pages are in the WAL until it is emptied, so that has to succeed first.
          if (isPostgres) await trx.deleteFrom("pending_erasures").where("id", "in", ids).execute();
        });
        if (isPostgres) return true;
        if (!(await truncateWal(unguarded))) return false;
        await unguarded.deleteFrom("pending_erasures").where("id", "in", ids).execute();
        return true;
      } catch (error) {
        if (!isBusy(error)) throw error;
        return false;
      }
    },
  };
}

async function lockKeyTables(trx: Transaction<Schema>): Promise<void> {
  await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(trx);
  for (const table of KEY_TABLES)
    await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(trx);
}

/**
 * Rewrites the rows of a table. PostgreSQL's truncate starts a new file and deletes the old one; SQLite overwrites the
 * freed pages with zeros (`secure_delete`), which deleting single rows doesn't always do.
 */
async function rewrite(
  trx: Transaction<Schema>,
  table: (typeof KEY_TABLES)[number],
  isPostgres: boolean,
): Promise<void> {
  const rows = await trx.selectFrom(table).selectAll().execute();
  await (isPostgres ? sql`truncate ${sql.table(table)}` : sql`delete from ${sql.table(table)}`).execute(trx);
  for (let at = 0; at < rows.length; at += MAX_ROWS_PER_INSERT)
    await trx
      .insertInto(table)
      .values(rows.slice(at, at + MAX_ROWS_PER_INSERT))
      .execute();
}

function isBusy(error: unknown): boolean {
  if (isSqliteBusy(error)) return true;
  return error instanceof Error && "code" in error && BUSY_CODES.includes(error.code);
}
