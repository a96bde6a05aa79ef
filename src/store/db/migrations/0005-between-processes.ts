import { type Kysely, PostgresAdapter, sql } from "kysely";

/** What several processes on one database have to know of each other: Clio's limits, and wrong guesses. */
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

  // Both are of the passing minute: PostgreSQL need not bring them to the disk before every request to Clio. After a crash
  // they are empty.
  if (db.getExecutor().adapter instanceof PostgresAdapter)
    for (const table of ["clio_windows", "wrong_guesses"])
      await sql`alter table ${sql.table(table)} set unlogged`.execute(db);
}
