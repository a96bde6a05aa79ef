import { type Kysely, sql } from "kysely";

/** The lookup account that a firm has chosen among its connected users. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("connections")
    .addColumn("preferred", "integer", (column) => column.notNull().defaultTo(sql`0`))
    .execute();
}
