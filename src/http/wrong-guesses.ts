import type { Request, Response } from "express";
import { type AugmentedRequest, rateLimit } from "express-rate-limit";
import { TooManyRequests } from "../errors.ts";

/** Counts a wrong guess for the address it came from. Rejects with `TooManyRequests` once there were too many. */
export type CountWrongGuess = (request: Request, response: Response) => Promise<void>;

const WRONG_GUESSES_A_MINUTE = 30;
const MINUTE = 60_000;

/**
 * Cuts off whoever guesses: more than 30 wrong ones in a minute from one address (contract, "Errors"). It is asked after
 * a guess turned out wrong, so that a right one is never limited.
 * @param what was guessed, in the plural
 */
export function limitWrongGuesses(what: string): CountWrongGuess {
  const limit = rateLimit({
    windowMs: MINUTE,
    limit: WRONG_GUESSES_A_MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
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
