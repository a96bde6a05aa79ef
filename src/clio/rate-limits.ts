import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";

type Headers = Readonly<Record<string, unknown>>;

/** Requests a minute that background work leaves to calls (docs/decisions/0012-reserve-requests-for-calls.md). */
export const REQUESTS_RESERVED_FOR_CALLS = 20;

/**
 * Requests a minute that reading reported changes leaves to calls. Fewer than lookups of unknown callers leave, so that a
 * change arrives within seconds even when those, and forged clicks, have used up their share.
 */
export const REQUESTS_RESERVED_FROM_CHANGES = 2;

/**
 * Requests a minute that an unconfirmed click leaves to everything else. More than background work leaves, because anyone
 * can forge a click.
 */
export const REQUESTS_RESERVED_FROM_CLICKS = 25;

/**
 * What is left of Clio's rate limit for each access token, so that no request is sent that Clio would refuse
 * (docs/explanation/how-clio-behaves.md, "Rate limits").
 */
export interface RateLimits {
  /**
   * Takes one request from this token's window.
   *
   * @param reservedRequests how many requests of the window to leave for others
   * @returns 0 if the request may be sent now; otherwise nothing is taken, and this is the number of milliseconds to
   *   wait before trying again
   */
  take(accessToken: string, reservedRequests: number): Promise<number>;
  /** Records what a response to a request with this token says about the limit. */
  record(accessToken: string, status: number, headers: Headers): void;
}

/** What a response from Clio says about the rate limit. */
export type RateLimitStatus =
  /** A 429: no request for this many milliseconds. */
  | { readonly retryAfterMs: number }
  | {
      readonly retryAfterMs: null;
      /** Requests left in this window. */
      readonly remaining: number;
      /** Requests in a whole window. */
      readonly limit: number;
      /** When the window ends, in Unix seconds by Clio's clock. */
      readonly reset: number;
      /** Milliseconds until then, measured from the response's own `Date`, because Clio's clock and ours differ. */
      readonly resetInMs: number;
    };

const MAX_WINDOW_MS = 60_000;

/** Reads the rate-limit headers, or the `Retry-After` of a 429; null if a response has neither. */
export function parseRateLimit(status: number, headers: Headers): RateLimitStatus | null {
  const retryAfterSeconds = parseNumber(headers["retry-after"]);
  if (status === 429 && retryAfterSeconds !== null) return { retryAfterMs: retryAfterSeconds * 1000 };
  const remaining = parseNumber(headers["x-ratelimit-remaining"]);
  const reset = parseNumber(headers["x-ratelimit-reset"]);
  if (remaining === null || reset === null) return null;
  const clioNow = Date.parse(String(headers.date)) || Date.now();
  return {
    retryAfterMs: null,
    remaining,
    limit: parseNumber(headers["x-ratelimit-limit"]) ?? remaining,
    reset,
    resetInMs: Math.min(Math.max(reset * 1000 - clioNow, 0), MAX_WINDOW_MS),
  };
}

interface RateLimitWindow {
  remaining: number;
  /** Requests in a whole window. */
  limit: number;
  /** Unix seconds by Clio's clock: identifies the window. Null before the window's first response. */
  reset: number | null;
  /** When the next window begins, in milliseconds on the monotonic clock of this process. */
  opensAt: number;
}

const MAX_TOKENS = 10_000;
/** Clio's lowest limit. */
const MIN_LIMIT = 50;

/** Rate limits for a single process: remembers Clio's latest responses. */
export function inMemoryRateLimits(): RateLimits {
  const windows = new LRUCache<string, RateLimitWindow>({ max: MAX_TOKENS });
  return {
    async take(accessToken, reservedRequests) {
      const key = hashToken(accessToken);
      const window = windows.get(key);
      if (!window) return 0;
      const now = performance.now();
      if (window.opensAt <= now) {
        // Until a response says more, the new window is assumed to be like the last one.
        const { limit } = window;
        windows.set(key, { remaining: limit - 1, limit, reset: null, opensAt: now + MAX_WINDOW_MS });
        return 0;
      }
      if (window.remaining <= reservedRequests) return window.opensAt - now;
      // Counted before the response, so that requests sent at the same time can't exceed the limit together.
      window.remaining -= 1;
      return 0;
    },

    record(accessToken, status, headers) {
      const limit = parseRateLimit(status, headers);
      const key = hashToken(accessToken);
      const known = windows.get(key);
      if (limit === null) {
        // No headers, so there is no longer a limit.
        if (status < 300 && known?.reset === null) windows.delete(key);
        return;
      }
      if (limit.retryAfterMs !== null) {
        const opensAt = performance.now() + limit.retryAfterMs;
        const size = known?.limit ?? MIN_LIMIT;
        windows.set(key, { remaining: 0, limit: size, reset: Number.POSITIVE_INFINITY, opensAt });
        return;
      }
      const { remaining, reset, resetInMs } = limit;
      const isCurrent = known?.reset === reset || known?.reset === null;
      windows.set(key, {
        // Responses can arrive out of order: within a window, the lowest number is the latest. Our own count also includes
        // requests on their way.
        remaining: known && isCurrent ? Math.min(known.remaining, remaining) : remaining,
        limit: limit.limit,
        reset,
        opensAt: performance.now() + resetInMs,
      });
    },
  };
}

/** A key for a token's window that doesn't keep the token itself in memory or in the database. */
export function hashToken(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("base64url");
}

function parseNumber(header: unknown): number | null {
  const value = typeof header === "string" && header.trim() !== "" ? Number(header) : Number.NaN;
  return Number.isFinite(value) && value >= 0 ? value : null;
}
