import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** OAuth states that came back, so that none works twice (contract, `GET /oauth/callback`). */
export interface UsedStates {
  /**
   * Uses a state up. Of two that come at the same moment one gets true.
   *
   * @param expiresAt until when the state itself is good, in milliseconds since 1970; it is forgotten after
   *   that, hence an expired one is refused
   * @returns true the first time; false when it was used before or has expired
   */
  consume(stateId: string, expiresAt: number): Promise<boolean>;
}

/** @param now milliseconds since 1970 */
export function createUsedStates(db: Kysely<Schema>, now: () => number): UsedStates {
  return {
    async consume(stateId, expiresAt) {
      const at = now();
      if (expiresAt <= at) return false;
      await db.deleteFrom("used_states").where("expires_at", "<=", at).execute();
      const first = await db
        .insertInto("used_states")
        .values({ id: stateId, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .returning("id")
        .executeTakeFirst();
      return first !== undefined;
    },
  };
}
