import type { Kysely } from "kysely";

/**
 * Puts the contact first in the index of terms by contact. With the mirror first, as in the primary key, PostgreSQL chose this
 * index for finding terms while it had no statistics for a firm, and every call read the whole mirror.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex("mirror_terms_of_contact").execute();
  await db.schema
    .createIndex("mirror_terms_by_contact")
    .on("mirror_terms")
    .columns(["contact_id", "mirror_id"])
    .execute();
}
