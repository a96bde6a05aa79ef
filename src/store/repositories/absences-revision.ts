import { randomInt } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/**
 * Gives a firm's absences a new revision, by which every process notices at its next call that they changed. Call it in the
 * transaction that changes them. A random number, so that a firm that is removed and admitted again never has an old one.
 */
export async function renewAbsencesRevision(trx: Kysely<Schema>, firmId: string): Promise<void> {
  await trx
    .updateTable("firms")
    .set({ absences_revision: randomInt(1, 2 ** 48 - 1) })
    .where("id", "=", firmId)
    .execute();
}
