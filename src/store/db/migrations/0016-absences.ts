import { type Kysely, sql } from "kysely";

/** Absences, calendars in Clio that count as absences, and the time zone of each firm. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("firms").addColumn("time_zone", "text").execute();
  await db.schema
    .alterTable("firms")
    .addColumn("absences_revision", "bigint", (column) => column.notNull().defaultTo(sql`0`))
    .execute();

  await db.schema
    .createTable("absences")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("firm_id", "text", (column) => column.notNull().references("firms.id").onDelete("cascade"))
    .addColumn("until", "bigint")
    .addColumn("sealed", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("absences_of_firm").on("absences").column("firm_id").execute();
  await db.schema.createIndex("absences_by_end").on("absences").column("until").execute();

  await db.schema
    .createTable("absence_calendars")
    .addColumn("firm_id", "text", (column) =>
      column.primaryKey().notNull().references("firms.id").onDelete("cascade"),
    )
    .addColumn("sealed_choice", "text", (column) => column.notNull())
    .addColumn("sealed_entries", "text")
    .addColumn("read_at", "bigint")
    .addColumn("trouble", "text")
    .execute();
}
