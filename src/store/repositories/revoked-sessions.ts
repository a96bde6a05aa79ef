import { hash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/**
 * Sessions that ended before their time, so that no copy of their cookie is accepted again (`docs/explanation/security.md`,
 * "Sessions"). Session IDs are random, so SHA-256 is enough to store them.
 */
export interface RevokedSessions {
  /**
   * Ends a session in every process. Durable once it resolves. Has no effect on a session that was ended before.
   *
   * @param expiresAt when the session would have ended at the latest, in milliseconds since 1970. It is remembered until then.
   */
  revoke(sessionId: string, expiresAt: number): Promise<void>;
  /** Whether the session was ended. */
  isRevoked(sessionId: string): Promise<boolean>;
}

/** Another process may still accept the session for the seconds by which its clock is behind. */
const MAX_CLOCK_SKEW_MS = 60_000;

/** @param now the clock, in milliseconds since 1970 */
export function createRevokedSessions(db: Kysely<Schema>, now: () => number): RevokedSessions {
  return {
    async revoke(sessionId, expiresAt) {
      await db.deleteFrom("revoked_sessions").where("expires_at", "<=", now()).execute();
      await db
        .insertInto("revoked_sessions")
        .values({ id_hash: hash("sha256", sessionId), expires_at: expiresAt + MAX_CLOCK_SKEW_MS })
        .onConflict((conflict) => conflict.column("id_hash").doNothing())
        .execute();
    },

    async isRevoked(sessionId) {
      const row = await db
        .selectFrom("revoked_sessions")
        .select("id_hash")
        .where("id_hash", "=", hash("sha256", sessionId))
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
