import type { Kysely } from "kysely";

/** Sessions that were ended, and an epoch for each connection that ends all sessions of its user. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("revoked_sessions")
    .addColumn("id_hash", "text", (column) => column.primaryKey().notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("revoked_sessions_by_expiry")
    .on("revoked_sessions")
    .column("expires_at")
    .execute();

  // Sessions from before this migration have no epoch and aren't accepted, so 0 brings none of them back.
  await db.schema
    .alterTable("connections")
    .addColumn("session_epoch", "bigint", (column) => column.notNull().defaultTo(0))
    .execute();
}
