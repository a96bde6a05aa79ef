import type { Kysely } from "kysely";

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
}
