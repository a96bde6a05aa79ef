import { type Kysely, PostgresAdapter, sql } from "kysely";

/** What several processes on one database share: Clio's rate limits and failed attempts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("clio_windows")
    .addColumn("token_hash", "text", (column) => column.primaryKey().notNull())
    .addColumn("remaining", "bigint", (column) => column.notNull())
    .addColumn("most", "bigint", (column) => column.notNull())
    .addColumn("reset", "bigint", (column) => column.notNull())
    .addColumn("opens_at", "bigint", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("wrong_guesses")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("guesses", "bigint", (column) => column.notNull())
    .addColumn("until", "bigint", (column) => column.notNull())
    .execute();

  // Both tables matter only for a minute. Unlogged, they don't need a disk write before every request to Clio; a crash
  // empties them.
  if (db.getExecutor().adapter instanceof PostgresAdapter)
    for (const table of ["clio_windows", "wrong_guesses"])
      await sql`alter table ${sql.table(table)} set unlogged`.execute(db);
}
