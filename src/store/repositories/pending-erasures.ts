import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** Records, in the transaction that deletes something, that its remains have to be removed from the files (`Erasure`). */
export async function requestErasure(trx: Kysely<Schema>, now: () => number): Promise<void> {
  await trx.insertInto("pending_erasures").values({ id: randomUUID(), requested_at: now() }).execute();
}
