import { type Kysely, PostgresAdapter, sql } from "kysely";

/**
 * Data keys, apart from what they encrypt, and the list of deletions that have to be carried through to the files.
 *
 * Existing mirrors are dropped: their records were encrypted with a key derived from `SECRET_KEY`, which can't be destroyed,
 * so each firm is read again. Connections and webhook secrets are re-encrypted when the store is opened.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;

  // Unlogged, so that a mirror's key is neither in PostgreSQL's WAL nor on its replicas. A crash of PostgreSQL empties the
  // table; then the processes put back what they have in memory, or the firm is read again.
  const mirrorKeys = db.schema.createTable("mirror_keys");
  await (isPostgres ? mirrorKeys.modifyFront(sql`unlogged`) : mirrorKeys)
    .addColumn("mirror_id", "bigint", (column) => column.primaryKey().notNull())
    .addColumn("wrapped", "text", (column) => column.notNull())
    .addColumn("kid", "text", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("connection_keys")
    .addColumn("firm_id", "text", (column) => column.notNull())
    .addColumn("user_id", "bigint", (column) => column.notNull())
    .addColumn("wrapped", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("connection_keys_pk", ["firm_id", "user_id"])
    .addForeignKeyConstraint(
      "connection_keys_of_connection",
      ["firm_id", "user_id"],
      "connections",
      ["firm_id", "user_id"],
      (constraint) => constraint.onDelete("cascade"),
    )
    .execute();

  await db.schema
    .createTable("pending_erasures")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("requested_at", "bigint", (column) => column.notNull())
    .execute();

  // PostgreSQL's truncate gives the table a new file and deletes the old one.
  for (const table of ["mirror_terms", "mirror_records", "noted_changes", "mirrors"])
    await (isPostgres ? sql`truncate ${sql.table(table)}` : sql`delete from ${sql.table(table)}`).execute(db);
}
