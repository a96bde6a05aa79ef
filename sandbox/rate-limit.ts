import type { Response } from "express";
import { rateLimited } from "./api/clio-error.ts";
import type { AccessToken } from "./oauth/grants.ts";

/**
 * Clio's rate limit: a number of requests per access token in each minute of Clio's clock.
 *
 * Every API response carries `X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix seconds). A request over the limit
 * gets 429 with `Retry-After` in seconds. Source: docs/explanation/how-clio-behaves.md.
 */
export class RateLimit {
  /** Infinity turns the limit off. */
  requestsPerMinute: number;
  readonly #now: () => number;

  constructor(requestsPerMinute: number, now: () => number) {
    this.requestsPerMinute = requestsPerMinute;
    this.#now = now;
  }

  /** Counts one request and sets the headers. A request without a valid token (null) is not counted. Throws the 429. */
  count(token: AccessToken | null, response: Response): void {
    const now = this.#now();
    const minute = Math.floor(now / 60_000);
    const reset = (minute + 1) * 60;
    // The header must be an integer, so "no limit" is a number that is never reached.
    const limit = Math.min(this.requestsPerMinute, 1_000_000_000);
    if (token) {
      if (token.minute !== minute) token.used = 0;
      token.minute = minute;
      token.used += 1;
    }
    const used = token?.used ?? 0;
    response.setHeader("X-RateLimit-Limit", limit);
    response.setHeader("X-RateLimit-Remaining", Math.max(0, limit - used));
    response.setHeader("X-RateLimit-Reset", reset);
    if (used > limit) {
      response.setHeader("Retry-After", Math.ceil(reset - now / 1000));
      throw rateLimited();
    }
  }
}
