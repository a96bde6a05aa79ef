import type { Request, Response } from "express";
import { type AugmentedRequest, rateLimit, type Store } from "express-rate-limit";
import { TooManyRequests } from "../errors.ts";
import type { WrongGuesses } from "../store/wrong-guesses.ts";

/** Counts a wrong guess for the address it came from. Rejects with `TooManyRequests` once there were too many. */
export type CountWrongGuess = (request: Request, response: Response) => Promise<void>;

const WRONG_GUESSES_A_MINUTE = 30;
const MINUTE = 60_000;

/** Where the guesses of all processes are counted (`WrongGuesses`). */
export type SharedGuesses = Pick<WrongGuesses, "count">;

/**
 * Cuts off whoever guesses: more than 30 wrong ones in a minute from one address (contract, "Errors"). It is asked after
 * a guess turned out wrong, so that a right one is never limited.
 * @param what was guessed, in the plural
 * @param shared counts for all processes; null where this one is all there is
 */
export function limitWrongGuesses(what: string, shared: SharedGuesses | null): CountWrongGuess {
  const limit = rateLimit({
    windowMs: MINUTE,
    limit: WRONG_GUESSES_A_MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
    ...(shared && { store: countedIn(shared, what) }),
    // Which proxies are trusted is the operator's word (setting TRUST_PROXY).
    validate: { trustProxy: false, xForwardedForHeader: false, forwardedHeader: false },
    handler(request) {
      const resetTime = (request as AugmentedRequest).rateLimit?.resetTime;
      const wait = (resetTime?.getTime() ?? Date.now() + MINUTE) - Date.now();
      const retryAfter = Math.max(1, Math.ceil(wait / 1000));
      throw new TooManyRequests(`Too many wrong ${what} came from this address.`, { retryAfter });
    },
  });

  return (request, response) =>
    new Promise((resolve, reject) => {
      const counted = limit(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      Promise.resolve(counted).catch(reject);
    });
}

/** The library's counters, in our store. A guess is never taken back. */
function countedIn(shared: SharedGuesses, what: string): Store {
  return {
    localKeys: false,
    async increment(from) {
      const { guesses, until } = await shared.count(what, from, MINUTE);
      return { totalHits: guesses, resetTime: new Date(until) };
    },
    decrement() {},
    resetKey() {},
  };
}
