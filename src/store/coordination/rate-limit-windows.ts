import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

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
export interface RateLimitWindows {
  /**
   * Takes a request.
   *
   * @param leaves how many have to be left for others
   * @returns 0 when it may go out now; else the milliseconds after which to ask again, and nothing is taken: at the next
   *   window, or soon, while no answer has said yet how many requests this one has
   */
  take(tokenHash: string, leaves: number): Promise<number>;
  /** Notes what an answer says. Answers overtake each other: within one window the lowest figure is the latest. */
  record(tokenHash: string, seen: WindowSeen): Promise<void>;
  /** Clio has refused a request, and wants none before that moment (milliseconds since 1970). */
  close(tokenHash: string, opensAt: number): Promise<void>;
  /** An answer says nothing of a limit: until one does, there is none. */
  unlimited(tokenHash: string): Promise<void>;
}

/** Clio's smallest limit (clio-facts, Requests): what is reckoned with until an answer says more. */
const FEWEST = 50;
const WINDOW = 60_000;
const UNLIMITED = 1_000_000_000;
/** So soon an answer may have come (milliseconds). */
const ASKED_AGAIN = 200;
/** `reset` where an answer has come, and said nothing of when the window ends. */
const SEEN = 1;
const FORGOTTEN_AFTER = 60 * 60_000;

/** @param now milliseconds since 1970 */
export function createRateLimitWindows(db: Kysely<Schema>, now: () => number): RateLimitWindows {
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
          reset: 0,
          opens_at: at + WINDOW,
        })
        .onConflict((conflict) =>
          conflict
            .column("token_hash")
            .doUpdateSet(({ eb, fn, ref }) => {
              const isOver = eb("clio_windows.opens_at", "<=", at);
              return {
                remaining: eb
                  .case()
                  .when(isOver)
                  .then(eb("clio_windows.most", "-", 1))
                  .else(eb("clio_windows.remaining", "-", 1))
                  .end(),
                reset: eb
                  .case()
                  .when(isOver)
                  .then(eb.neg(fn<number>("abs", ["clio_windows.reset"])))
                  .else(ref("clio_windows.reset"))
                  .end(),
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
        .select(["opens_at", "reset", "remaining"])
        .where("token_hash", "=", tokenHash)
        .executeTakeFirst();
      // It was opened a moment ago.
      if (!window || window.remaining > leaves) return 1;
      const wait = Math.max(1, window.opens_at - at);
      return window.reset > 0 ? wait : Math.min(wait, ASKED_AGAIN);
    },

    async record(tokenHash, { remaining, most, reset, opensAt }) {
      await db
        .updateTable("clio_windows")
        .set(({ eb }) => {
          // What is on its way is not in Clio's figure yet.
          const counted = eb(
            "remaining",
            "+",
            eb(eb.cast<number>(eb.val(most), "bigint"), "-", eb.ref("most")),
          );
          return {
            most,
            remaining: eb
              .case()
              .when(
                eb.and([
                  eb.or([eb("reset", "=", reset), eb("reset", "<=", 0)]),
                  eb("most", "<", UNLIMITED),
                  eb(counted, "<", remaining),
                ]),
              )
              .then(counted)
              .else(eb.cast<number>(eb.val(remaining), "bigint"))
              .end(),
            reset,
            opens_at: opensAt,
          };
        })
        .where("token_hash", "=", tokenHash)
        .where("reset", "<=", reset)
        .where("reset", ">", -reset)
        .execute();
    },

    async close(tokenHash, opensAt) {
      await db
        .updateTable("clio_windows")
        .set(({ eb, fn }) => ({
          remaining: 0,
          reset: eb
            .case()
            .when("reset", "=", 0)
            .then(SEEN)
            .else(fn<number>("abs", ["reset"]))
            .end(),
          opens_at: opensAt,
        }))
        .where("token_hash", "=", tokenHash)
        .execute();
    },

    async unlimited(tokenHash) {
      await db
        .updateTable("clio_windows")
        .set({ remaining: UNLIMITED, most: UNLIMITED, reset: SEEN })
        .where("token_hash", "=", tokenHash)
        .where("reset", "=", 0)
        .where("most", "<", UNLIMITED)
        .execute();
    },
  };
}
