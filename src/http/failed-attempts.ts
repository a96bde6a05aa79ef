import type { Request, Response } from "express";
import { type AugmentedRequest, rateLimit, type Store } from "express-rate-limit";
import { TooManyRequestsError } from "../errors.ts";
import type { FailedAttempts } from "../store/coordination/failed-attempts.ts";

/** Counts a failed attempt for the address it came from. Rejects with `TooManyRequestsError` above the limit. */
export type CountFailedAttempt = (request: Request, response: Response) => Promise<void>;

const MAX_FAILED_ATTEMPTS_PER_MINUTE = 30;
const MINUTE_MS = 60_000;

/** Counts the failed attempts of all processes. */
export type SharedAttempts = Pick<FailedAttempts, "count">;

/**
 * Limits failed attempts to 30 a minute from one address (docs/reference/errors.md, `too_many_requests`). Call the
 * returned function only after an attempt has failed, so that a valid one is never limited.
 * @param what was attempted, in the plural, such as `keys`
 * @param shared null if this is the only process
 */
export function limitFailedAttempts(what: string, shared: SharedAttempts | null): CountFailedAttempt {
  const limit = rateLimit({
    windowMs: MINUTE_MS,
    limit: MAX_FAILED_ATTEMPTS_PER_MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
    ...(shared && { store: sharedStore(shared, what) }),
    // The operator decides which proxies to trust (TRUST_PROXY); the library would warn about some choices.
    validate: { trustProxy: false, xForwardedForHeader: false, forwardedHeader: false },
    handler(request) {
      const resetTime = (request as AugmentedRequest).rateLimit?.resetTime;
      const waitMs = (resetTime?.getTime() ?? Date.now() + MINUTE_MS) - Date.now();
      const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
      throw new TooManyRequestsError(
        `This address has sent too many invalid ${what}. Try again in a minute.`,
        { retryAfter },
      );
    },
  });

  return (request, response) =>
    new Promise((resolve, reject) => {
      const counted = limit(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
      Promise.resolve(counted).catch(reject);
    });
}

/** Adapts our counter to the library. A failed attempt is never taken back, so two methods do nothing. */
function sharedStore(shared: SharedAttempts, what: string): Store {
  return {
    localKeys: false,
    async increment(address) {
      const { attempts, windowEndsAt } = await shared.count(what, address, MINUTE_MS);
      return { totalHits: attempts, resetTime: new Date(windowEndsAt) };
    },
    decrement() {},
    resetKey() {},
  };
}
