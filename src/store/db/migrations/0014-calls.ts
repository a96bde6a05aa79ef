import { type Kysely, sql } from "kysely";

/** Calls, the phone logs that are due in Clio for them, and the data keys that encrypt them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("call_keys")
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("period", "integer", (column) => column.notNull())
    .addColumn("wrapped", "text", (column) => column.notNull())
    .addColumn("kid", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("call_keys_pk", ["firm_id", "period"])
    .execute();

  await db.schema
    .createTable("calls")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("period", "integer", (column) => column.notNull())
    .addColumn("hour", "integer", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("last_at", "bigint", (column) => column.notNull())
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("caller_hash", "text")
    .addColumn("contact_hash", "text")
    .addColumn("terms", "text", (column) => column.notNull())
    .addColumn("revision", "integer", (column) => column.notNull())
    .addColumn("reported_at", "bigint")
    .addColumn("log_state", "text")
    .addColumn("log_step", "text")
    .addColumn("log_since", "bigint")
    .addColumn("log_due_at", "bigint")
    .addColumn("log_attempts", "integer", (column) => column.notNull())
    .addColumn("log_attempted_at", "bigint")
    .addColumn("log_error", "text")
    .addColumn("report_bytes", "integer", (column) => column.notNull())
    .addColumn("sealed", "text", (column) => column.notNull())
    // The last column, so that SQLite reads the long texts only when they are needed.
    .addColumn("sealed_report", "text")
    .execute();
  // With everything that the list is filtered by, so that a search doesn't read the calls themselves.
  await db.schema
    .createIndex("calls_by_time")
    .on("calls")
    .columns(["firm_id", "at", "id", "outcome", "period", "terms"])
    .execute();
  await db.schema.createIndex("calls_by_last_use").on("calls").column("last_at").execute();
  // By the hour first: hashes alone would scatter the calls of a moment over the whole index.
  await db.schema
    .createIndex("calls_of_caller")
    .on("calls")
    .columns(["firm_id", "hour", "caller_hash"])
    .where(sql.ref("caller_hash"), "is not", null)
    .execute();
  await db.schema
    .createIndex("calls_of_contact")
    .on("calls")
    .columns(["firm_id", "hour", "contact_hash"])
    .where(sql.ref("contact_hash"), "is not", null)
    .execute();
  await db.schema
    .createIndex("calls_unlogged")
    .on("calls")
    .columns(["firm_id", "log_state", "log_due_at", "report_bytes"])
    .where(sql.ref("log_state"), "in", ["waiting", "needs_choice", "failed"])
    .execute();

  await db.schema
    .createTable("reported_calls")
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("call_id", "text", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("reported_calls_pk", ["firm_id", "hash"])
    .execute();
  await db.schema.createIndex("reported_calls_by_expiry").on("reported_calls").column("expires_at").execute();
}
