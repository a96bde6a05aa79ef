import { type Kysely, sql } from "kysely";

/**
 * Indexes of calls that change as little as possible while a call goes on: each index entry that moves is another page to
 * write.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const index of ["calls_by_last_use", "calls_of_caller", "calls_of_contact"])
    await db.schema.dropIndex(index).execute();
  await db.schema.createIndex("calls_by_hour").on("calls").column("hour").execute();
  // Without the firm, so that one query finds the open calls of many firms. Each firm has its own key, and so its own hashes.
  for (const [index, column] of [
    ["calls_of_caller", "caller_hash"],
    ["calls_of_contact", "contact_hash"],
  ] as const)
    await db.schema
      .createIndex(index)
      .on("calls")
      .columns(["hour", column])
      .where(sql.ref(column), "is not", null)
      .execute();
}
