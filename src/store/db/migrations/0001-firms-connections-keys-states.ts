import type { Kysely } from "kysely";

/** Admitted firms, connected users, API keys, and used OAuth states. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("firms")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("region", "text", (column) => column.notNull())
    .addColumn("account_id", "bigint", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("admitted_at", "bigint", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("connections")
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("user_id", "bigint", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("generation", "bigint", (column) => column.notNull())
    .addColumn("connected_at", "bigint", (column) => column.notNull())
    .addColumn("sealed", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("connections_pk", ["firm_id", "user_id"])
    .execute();

  await db.schema
    .createTable("bearer_keys")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("secret_hash", "text", (column) => column.notNull())
    .addColumn("made_at", "bigint", (column) => column.notNull())
    .addColumn("last_used_at", "bigint")
    .execute();
  await db.schema.createIndex("bearer_keys_of_firm").on("bearer_keys").column("firm_id").execute();

  await db.schema
    .createTable("used_states")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("used_states_by_expiry").on("used_states").column("expires_at").execute();
}
