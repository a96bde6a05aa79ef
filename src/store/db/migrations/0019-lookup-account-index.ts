import type { Kysely } from "kysely";

/**
 * Has a firm's connections in the order in which one of them becomes its lookup account, so that a call doesn't sort them. Every
 * column that decides is in the index, so that the rows aren't read.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex("connections_by_preference")
    .on("connections")
    .columns(["firm_id", "preferred desc", "connected_at", "user_id", "state", "kid"])
    .execute();
}
