import { type Kysely, SqliteAdapter, sql, type Transaction } from "kysely";
import type { Schema } from "../schema.ts";
import { acrossFirms } from "../tenant-guard.ts";

/**
 * Runs a transaction that survives a crash of the process, and a power failure only once a later transaction was committed: on
 * SQLite, it doesn't wait for the disk. For work that is repeated if it is lost, as long as the transaction that says that it is
 * done is an ordinary one. Commits reach the disk in their order, so that one never survives without those before it.
 *
 * SQLite runs synchronously, so every wait for the disk is one in which no call is answered. PostgreSQL's don't block this
 * process, and its transactions are ordinary ones.
 */
export function unsyncedTransaction<T>(
  db: Kysely<Schema>,
  work: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  return withoutSync(db, (connection) => connection.transaction().execute(work));
}

/** Runs a single query that survives as little as an `unsyncedTransaction`. */
export function unsyncedQuery<T>(db: Kysely<Schema>, query: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  return withoutSync(db, query);
}

async function withoutSync<T>(db: Kysely<Schema>, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return work(db);
  return db.connection().execute(async (connection) => {
    const unguarded = acrossFirms(connection, "a setting of the connection, for whichever firm is written");
    await sql`pragma synchronous = normal`.execute(unguarded);
    try {
      return await work(connection);
    } finally {
      await sql`pragma synchronous = full`.execute(unguarded);
    }
  });
}
