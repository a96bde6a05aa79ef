import { type Kysely, sql } from "kysely";

/** Remembers that a firm was admitted, and finds expired attempt counts without reading all of them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("first_admission")
    .addColumn("id", "integer", (column) => column.primaryKey().notNull())
    .addColumn("admitted_at", "bigint", (column) => column.notNull())
    .execute();
  await sql`insert into first_admission (id, admitted_at)
    select 1, min(admitted_at) from firms having count(*) > 0`.execute(db);

  await db.schema.createIndex("wrong_guesses_by_end").on("wrong_guesses").column("until").execute();
}
