import { type Kysely, sql } from "kysely";

/** Relationships in the mirrors: which contact is related to which matter. Mirrors get them when they are next read in full. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ["contact_id", "matter_id"])
    await db.schema.alterTable("mirror_records").addColumn(column, "bigint").execute();
  await db.schema
    .createIndex("mirror_records_of_related_contact")
    .on("mirror_records")
    .columns(["mirror_id", "contact_id"])
    .where(sql.ref("contact_id"), "is not", null)
    .execute();
}
