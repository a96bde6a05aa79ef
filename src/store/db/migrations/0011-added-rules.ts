import type { Kysely } from "kysely";

/** A data key for each firm, and which transfer rules were added to Upfirst. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("firm_keys")
    .addColumn("firm_id", "text", (column) =>
      column.primaryKey().notNull().references("firms.id").onDelete("cascade"),
    )
    .addColumn("wrapped", "text", (column) => column.notNull())
    .addColumn("kid", "text", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("added_rules")
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("user_id", "bigint", (column) => column.notNull())
    .addColumn("added_at", "bigint", (column) => column.notNull())
    .addColumn("added_by", "bigint", (column) => column.notNull())
    .addColumn("sealed", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("added_rules_pk", ["firm_id", "user_id"])
    .execute();
}
