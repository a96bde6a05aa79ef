import { type Kysely, sql } from "kysely";

/** Which of a firm's connected users answers lookups, where the firm has chosen one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("connections")
    .addColumn("preferred", "integer", (column) => column.notNull().defaultTo(sql`0`))
    .execute();
}
