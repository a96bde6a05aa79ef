import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** What an answer of Clio says of its limit. */
export interface WindowSeen {
  /** Requests left. */
  readonly remaining: number;
  /** How many there are in a window. */
  readonly most: number;
  /** When the window ends, on Clio's clock, in Unix seconds: the same in all answers of one window. */
  readonly reset: number;
  /** When that is on ours, in milliseconds since 1970. */
  readonly opensAt: number;
}

/**
 * How much of Clio's limit each access token has left, for all processes together: every request is taken from here before
 * it is sent. Tokens come as hashes.
 */
export interface ClioWindows {
  /**
   * Takes a request.
   *
   * @param leaves how many have to be left for others
   * @returns 0 when it may go out now; else the milliseconds until the next window, and nothing is taken
   */
  take(tokenHash: string, leaves: number): Promise<number>;
  /** Notes what an answer says. Answers overtake each other: within one window the lowest figure is the latest. */
  note(tokenHash: string, seen: WindowSeen): Promise<void>;
  /** Clio has refused a request, and wants none before that moment (milliseconds since 1970). */
  close(tokenHash: string, opensAt: number): Promise<void>;
  /** An answer says nothing of a limit: until one does, there is none. */
  unlimited(tokenHash: string): Promise<void>;
}

/** Clio's smallest limit (clio-facts, Requests): what is reckoned with until an answer says more. */
const FEWEST = 50;
const WINDOW = 60_000;
const UNLIMITED = 1_000_000_000;
/** `reset` of a window of which no answer has come yet. */
const UNSEEN = 0;
const FORGOTTEN_AFTER = 60 * 60_000;

/** @param now milliseconds since 1970 */
export function createClioWindows(db: Kysely<Schema>, now: () => number): ClioWindows {
  let forgottenAt = now();

  /** Of a token that was renewed nobody asks any more. */
  async function forgetOld(at: number): Promise<void> {
    if (at - forgottenAt < FORGOTTEN_AFTER) return;
    forgottenAt = at;
    await db
      .deleteFrom("clio_windows")
      .where("opens_at", "<", at - FORGOTTEN_AFTER)
      .execute();
  }

  return {
    async take(tokenHash, leaves) {
      const at = now();
      await forgetOld(at);
      const taken = await db
        .insertInto("clio_windows")
        .values({
          token_hash: tokenHash,
          remaining: FEWEST - 1,
          most: FEWEST,
          reset: UNSEEN,
          opens_at: at + WINDOW,
        })
        .onConflict((conflict) =>
          conflict
            .column("token_hash")
            .doUpdateSet(({ eb, ref }) => {
              const isOver = eb("clio_windows.opens_at", "<=", at);
              return {
                remaining: eb
                  .case()
                  .when(isOver)
                  .then(eb("clio_windows.most", "-", 1))
                  .else(eb("clio_windows.remaining", "-", 1))
                  .end(),
                reset: eb.case().when(isOver).then(eb.lit(UNSEEN)).else(ref("clio_windows.reset")).end(),
                opens_at: eb
                  .case()
                  .when(isOver)
                  .then(eb.cast<number>(eb.val(at + WINDOW), "bigint"))
                  .else(ref("clio_windows.opens_at"))
                  .end(),
              };
            })
            .where(({ eb, or }) =>
              or([eb("clio_windows.opens_at", "<=", at), eb("clio_windows.remaining", ">", leaves)]),
            ),
        )
        .returning("remaining")
        .executeTakeFirst();
      if (taken) return 0;
      const window = await db
        .selectFrom("clio_windows")
        .select("opens_at")
        .where("token_hash", "=", tokenHash)
        .executeTakeFirst();
      return Math.max(1, (window?.opens_at ?? at) - at);
    },

    async note(tokenHash, { remaining, most, reset, opensAt }) {
      await db
        .updateTable("clio_windows")
        .set(({ eb }) => {
          // What was taken so far, of what the window really has.
          const left = eb("remaining", "+", eb(eb.cast<number>(eb.val(most), "bigint"), "-", eb.ref("most")));
          const isSameWindow = eb.or([eb("reset", "=", reset), eb("reset", "=", UNSEEN)]);
          return {
            most,
            remaining: eb
              .case()
              .when(eb.and([isSameWindow, eb("most", "<", UNLIMITED), eb(left, "<", remaining)]))
              .then(left)
              .else(eb.cast<number>(eb.val(remaining), "bigint"))
              .end(),
            reset,
            opens_at: opensAt,
          };
        })
        .where("token_hash", "=", tokenHash)
        .where("reset", "<=", reset)
        .execute();
    },

    async close(tokenHash, opensAt) {
      await db
        .updateTable("clio_windows")
        .set({ remaining: 0, reset: UNSEEN, opens_at: opensAt })
        .where("token_hash", "=", tokenHash)
        .execute();
    },

    async unlimited(tokenHash) {
      await db
        .updateTable("clio_windows")
        .set({ remaining: UNLIMITED, most: UNLIMITED })
        .where("token_hash", "=", tokenHash)
        .where("reset", "=", UNSEEN)
        .where("most", "<", UNLIMITED)
        .execute();
    },
  };
}
