import { type Kysely, sql } from "kysely";

/** Invitations, and the time of each firm's last call. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("invitations")
    .addColumn("token_hash", "text", (column) => column.primaryKey().notNull())
    .addColumn("made_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("used_at", "bigint")
    .execute();
  await db.schema.createIndex("invitations_by_expiry").on("invitations").column("expires_at").execute();

  await db.schema.alterTable("firms").addColumn("last_call_at", "bigint").execute();
  // Until now, only the last use of each key was recorded.
  await sql`update firms set last_call_at = (
    select max(last_used_at) from bearer_keys where bearer_keys.firm_id = firms.id)`.execute(db);
}
