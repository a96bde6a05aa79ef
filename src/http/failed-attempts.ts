import type { Request, Response } from "express";
import { type AugmentedRequest, rateLimit, type Store } from "express-rate-limit";
import { TooManyRequestsError } from "../errors.ts";
import type { FailedAttempts } from "../store/coordination/failed-attempts.ts";

/** Counts a wrong guess for the address it came from. Rejects with `TooManyRequests` once there were too many. */
export type CountFailedAttempt = (request: Request, response: Response) => Promise<void>;

const MAX_FAILED_ATTEMPTS_PER_MINUTE = 30;
const MINUTE_MS = 60_000;

/** Where the guesses of all processes are counted (`WrongGuesses`). */
export type SharedAttempts = Pick<FailedAttempts, "count">;

/**
 * Cuts off whoever guesses: more than 30 wrong ones in a minute from one address (contract, "Errors"). It is asked after
 * a guess turned out wrong, so that a right one is never limited.
 * @param what was guessed, in the plural
 * @param shared counts for all processes; null where this one is all there is
 */
export function limitFailedAttempts(what: string, shared: SharedAttempts | null): CountFailedAttempt {
  const limit = rateLimit({
    windowMs: MINUTE_MS,
    limit: MAX_FAILED_ATTEMPTS_PER_MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
    ...(shared && { store: countedIn(shared, what) }),
    // Which proxies are trusted is the operator's word (setting TRUST_PROXY).
    validate: { trustProxy: false, xForwardedForHeader: false, forwardedHeader: false },
    handler(request) {
      const resetTime = (request as AugmentedRequest).rateLimit?.resetTime;
      const wait = (resetTime?.getTime() ?? Date.now() + MINUTE_MS) - Date.now();
      const retryAfter = Math.max(1, Math.ceil(wait / 1000));
      throw new TooManyRequestsError(`Too many wrong ${what} came from this address.`, { retryAfter });
    },
  });

  return (request, response) =>
    new Promise((resolve, reject) => {
      const counted = limit(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      Promise.resolve(counted).catch(reject);
    });
}

/** The library's counters, in our store. A guess is never taken back. */
function countedIn(shared: SharedAttempts, what: string): Store {
  return {
    localKeys: false,
    async increment(from) {
      const { guesses, until } = await shared.count(what, from, MINUTE_MS);
      return { totalHits: guesses, resetTime: new Date(until) };
    },
    decrement() {},
    resetKey() {},
  };
}
