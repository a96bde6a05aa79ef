import { hash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** How often each address has guessed wrong, for all processes together. Addresses are kept as hashes, for a minute. */
export interface FailedAttempts {
  /**
   * Counts one.
   *
   * @param what was guessed: each kind is counted apart
   * @param from the address it came from
   * @param window for how long the first of them opens a count, in milliseconds
   * @returns how many there were in the window, and when it ends (milliseconds since 1970)
   */
  count(what: string, from: string, window: number): Promise<{ guesses: number; until: number }>;
}

/** @param now milliseconds since 1970 */
export function createFailedAttempts(db: Kysely<Schema>, now: () => number): FailedAttempts {
  return {
    async count(what, from, window) {
      const at = now();
      const id = hash("sha256", `${what} ${from}`, "base64url");
      await db.deleteFrom("wrong_guesses").where("until", "<=", at).execute();
      return db
        .insertInto("wrong_guesses")
        .values({ id, guesses: 1, until: at + window })
        .onConflict((conflict) =>
          conflict.column("id").doUpdateSet(({ eb }) => ({ guesses: eb("wrong_guesses.guesses", "+", 1) })),
        )
        .returning(["guesses", "until"])
        .executeTakeFirstOrThrow();
    },
  };
}
