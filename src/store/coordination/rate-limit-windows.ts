import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** The rate limit headers of a response from Clio. */
export interface ObservedWindow {
  /** Requests left in the window. */
  readonly remaining: number;
  /** Requests allowed per window. */
  readonly limit: number;
  /** When the window ends by Clio's clock, in Unix seconds: the same in all responses of a window. */
  readonly reset: number;
  /** When the window ends by our clock, in milliseconds since 1970. */
  readonly endsAt: number;
}

/**
 * The requests that each access token has left at Clio, for all processes together. Every request is counted here before it
 * is sent (`docs/decisions/0012-reserve-requests-for-calls.md`). Tokens are identified by their hashes.
 */
export interface RateLimitWindows {
  /**
   * Counts a request, if the window has room for it.
   *
   * @param reservedRequests how many requests must be left for others
   * @returns 0 if the request may be sent now. Otherwise the milliseconds to wait before trying again: until the next window,
   *   or a moment if the size of this one isn't known yet
   */
  take(tokenHash: string, reservedRequests: number): Promise<number>;
  /** Records the headers of a response. Within a window, the lowest figure counts, because responses overtake each other. */
  record(tokenHash: string, observed: ObservedWindow): Promise<void>;
  /** Clio refused a request: none is sent until that moment, in milliseconds since 1970. */
  block(tokenHash: string, until: number): Promise<void>;
  /** A response has no rate limit headers: there is no limit until one does. */
  recordUnlimited(tokenHash: string): Promise<void>;
}

/** Clio's lowest limit (`docs/explanation/how-clio-behaves.md`, "Rate limits"), assumed until a response says otherwise. */
const MIN_LIMIT = 50;
const WINDOW_MS = 60_000;
const UNLIMITED = 1_000_000_000;
/** By then, a response may have said how large the window is. */
const UNKNOWN_LIMIT_RETRY_MS = 200;
/** Stored as `reset` after a response that didn't say when the window ends. */
const RESET_NOT_GIVEN = 1;
const CLEANUP_INTERVAL_MS = 60 * 60_000;

/** @param now the clock, in milliseconds since 1970 */
export function createRateLimitWindows(db: Kysely<Schema>, now: () => number): RateLimitWindows {
  let cleanedUpAt = now();

  /** Deletes the windows of tokens that have since been refreshed. */
  async function cleanUp(at: number): Promise<void> {
    if (at - cleanedUpAt < CLEANUP_INTERVAL_MS) return;
    cleanedUpAt = at;
    await db
      .deleteFrom("clio_windows")
      .where("opens_at", "<", at - CLEANUP_INTERVAL_MS)
      .execute();
  }

  return {
    async take(tokenHash, reservedRequests) {
      const at = now();
      await cleanUp(at);
      const taken = await db
        .insertInto("clio_windows")
        .values({
          token_hash: tokenHash,
          remaining: MIN_LIMIT - 1,
          most: MIN_LIMIT,
          reset: 0,
          opens_at: at + WINDOW_MS,
        })
        .onConflict((conflict) =>
          conflict
            .column("token_hash")
            .doUpdateSet(({ eb, fn, ref }) => {
              const hasEnded = eb("clio_windows.opens_at", "<=", at);
              return {
                remaining: eb
                  .case()
                  .when(hasEnded)
                  .then(eb("clio_windows.most", "-", 1))
                  .else(eb("clio_windows.remaining", "-", 1))
                  .end(),
                reset: eb
                  .case()
                  .when(hasEnded)
                  .then(eb.neg(fn<number>("abs", ["clio_windows.reset"])))
                  .else(ref("clio_windows.reset"))
                  .end(),
                opens_at: eb
                  .case()
                  .when(hasEnded)
                  .then(eb.cast<number>(eb.val(at + WINDOW_MS), "bigint"))
                  .else(ref("clio_windows.opens_at"))
                  .end(),
              };
            })
            .where(({ eb, or }) =>
              or([
                eb("clio_windows.opens_at", "<=", at),
                eb("clio_windows.remaining", ">", reservedRequests),
              ]),
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
      // A response has made room since the first query.
      if (!window || window.remaining > reservedRequests) return 1;
      const untilNextWindow = Math.max(1, window.opens_at - at);
      return window.reset > 0 ? untilNextWindow : Math.min(untilNextWindow, UNKNOWN_LIMIT_RETRY_MS);
    },

    async record(tokenHash, { remaining, limit, reset, endsAt }) {
      await db
        .updateTable("clio_windows")
        .set(({ eb }) => {
          // Our own count, adjusted to the actual limit. It includes requests that Clio hasn't received yet.
          const counted = eb(
            "remaining",
            "+",
            eb(eb.cast<number>(eb.val(limit), "bigint"), "-", eb.ref("most")),
          );
          return {
            most: limit,
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
            opens_at: endsAt,
          };
        })
        .where("token_hash", "=", tokenHash)
        .where("reset", "<=", reset)
        // A negative reset is that of the window before: its responses say nothing about this one.
        .where("reset", ">", -reset)
        .execute();
    },

    async block(tokenHash, until) {
      await db
        .updateTable("clio_windows")
        .set(({ eb, fn }) => ({
          remaining: 0,
          reset: eb
            .case()
            .when("reset", "=", 0)
            .then(RESET_NOT_GIVEN)
            .else(fn<number>("abs", ["reset"]))
            .end(),
          opens_at: until,
        }))
        .where("token_hash", "=", tokenHash)
        .execute();
    },

    async recordUnlimited(tokenHash) {
      await db
        .updateTable("clio_windows")
        .set({ remaining: UNLIMITED, most: UNLIMITED, reset: RESET_NOT_GIVEN })
        .where("token_hash", "=", tokenHash)
        .where("reset", "=", 0)
        .where("most", "<", UNLIMITED)
        .execute();
    },
  };
}
