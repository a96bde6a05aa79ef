import type { Kysely } from "kysely";

/**
 * The index of terms by contact begins with the contact. Beginning with the mirror, as the primary key does, it looked as good
 * as that for finding a term to a PostgreSQL that had no statistics yet of a firm just read, and every call read the whole
 * mirror.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex("mirror_terms_of_contact").execute();
  await db.schema
    .createIndex("mirror_terms_by_contact")
    .on("mirror_terms")
    .columns(["contact_id", "mirror_id"])
    .execute();
}
