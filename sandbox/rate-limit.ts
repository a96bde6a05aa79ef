import type { Response } from "express";
import { rateLimited } from "./api/clio-error.ts";
import type { AccessToken } from "./oauth/grants.ts";

/**
 * Clio's rate limit: so many requests per access token in one minute of Clio's clock.
 *
 * Every answer of the API says where the limit stands (`X-RateLimit-Limit`, `-Remaining`, and `-Reset` in
 * Unix seconds); one too many is a 429 with `Retry-After` in seconds.
 */
export class RateLimit {
  /** Infinity switches the limit off. */
  requestsPerMinute: number;
  readonly #now: () => number;

  constructor(requestsPerMinute: number, now: () => number) {
    this.requestsPerMinute = requestsPerMinute;
    this.#now = now;
  }

  /** Counts one request and writes the headers; a request without a valid token (null) uses nothing up. Throws the 429. */
  count(token: AccessToken | null, response: Response): void {
    const now = this.#now();
    const minute = Math.floor(now / 60_000);
    const reset = (minute + 1) * 60;
    // A header has to hold an integer, so "no limit" is a number nobody reaches.
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
