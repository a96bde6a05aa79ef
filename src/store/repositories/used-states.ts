import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** OAuth states that were used, so that none works twice (`docs/reference/endpoints.md`, "GET /oauth/callback"). */
export interface UsedStates {
  /**
   * Marks a state as used.
   *
   * @param expiresAt when the state expires, in milliseconds since 1970. It is remembered until then.
   * @returns false if it was used before or has expired. If two callers use it at the same time, one of them gets true.
   */
  consume(stateId: string, expiresAt: number): Promise<boolean>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createUsedStates(db: Kysely<Schema>, now: () => number): UsedStates {
  return {
    async consume(stateId, expiresAt) {
      const at = now();
      if (expiresAt <= at) return false;
      await db.deleteFrom("used_states").where("expires_at", "<=", at).execute();
      const inserted = await db
        .insertInto("used_states")
        .values({ id: stateId, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .returning("id")
        .executeTakeFirst();
      return inserted !== undefined;
    },
  };
}
