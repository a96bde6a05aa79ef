import { hash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** Failed attempts to guess a secret, counted by address for all processes together. Addresses are stored as hashes. */
export interface FailedAttempts {
  /**
   * Counts a failed attempt. The first one from an address starts a window.
   *
   * @param kind what was guessed; each kind is counted separately
   * @param address where the attempt came from
   * @returns the attempts in the current window, and when it ends, in milliseconds since 1970
   */
  count(kind: string, address: string, windowMs: number): Promise<{ attempts: number; windowEndsAt: number }>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createFailedAttempts(db: Kysely<Schema>, now: () => number): FailedAttempts {
  return {
    async count(kind, address, windowMs) {
      const at = now();
      const id = hash("sha256", `${kind} ${address}`, "base64url");
      await db.deleteFrom("wrong_guesses").where("until", "<=", at).execute();
      return db
        .insertInto("wrong_guesses")
        .values({ id, guesses: 1, until: at + windowMs })
        .onConflict((conflict) =>
          conflict.column("id").doUpdateSet(({ eb }) => ({ guesses: eb("wrong_guesses.guesses", "+", 1) })),
        )
        .returning(["guesses as attempts", "until as windowEndsAt"])
        .executeTakeFirstOrThrow();
    },
  };
}
