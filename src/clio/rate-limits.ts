import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";

type Headers = Readonly<Record<string, unknown>>;

/**
 * How much of Clio's limit each access token has left, so that no request is sent only to be refused. The limit counts per
 * token (clio-facts, Requests).
 */
export interface RateLimits {
  /**
   * Asks for one request with this token.
   *
   * @param leaves how many requests of the window have to be left for others
   * @returns milliseconds to wait before asking again; 0 when it may go out now
   */
  take(accessToken: string, leaves: number): Promise<number>;
  /** Notes what an answer to a request with this token says of the limit. */
  record(accessToken: string, status: number, headers: Headers): void;
}

/** What an answer of Clio says of its limit. */
export type LimitSeen =
  /** A 429: nothing more for so many milliseconds. */
  | { readonly refusedFor: number }
  | {
      readonly refusedFor: null;
      /** Requests left in this window, of how many. */
      readonly remaining: number;
      readonly most: number;
      /** When the window ends, in Clio's Unix seconds. */
      readonly reset: number;
      /** Milliseconds until then: taken from the answer's own `Date`, as Clio's clock is not ours. */
      readonly endsIn: number;
    };

const MAX_WINDOW_MS = 60_000;

/** Reads the limit headers, or the `Retry-After` of a 429; null where an answer has neither. */
export function readLimit(status: number, headers: Headers): LimitSeen | null {
  const retryAfter = seconds(headers["retry-after"]);
  if (status === 429 && retryAfter !== null) return { refusedFor: retryAfter * 1000 };
  const remaining = seconds(headers["x-ratelimit-remaining"]);
  const reset = seconds(headers["x-ratelimit-reset"]);
  if (remaining === null || reset === null) return null;
  const clioNow = Date.parse(String(headers.date)) || Date.now();
  return {
    refusedFor: null,
    remaining,
    most: seconds(headers["x-ratelimit-limit"]) ?? remaining,
    reset,
    endsIn: Math.min(Math.max(reset * 1000 - clioNow, 0), MAX_WINDOW_MS),
  };
}

/** What was seen last of one access token's window. */
interface Window {
  remaining: number;
  reset: number;
  /** When it ends, on our monotonic clock, in milliseconds. */
  opensAt: number;
}

/** For a process that has its tokens to itself: remembers what Clio's answers said. */
export function inMemoryRateLimits(): RateLimits {
  const windows = new LRUCache<string, Window>({ max: 10_000 });
  return {
    async take(accessToken, leaves) {
      const window = windows.get(tokenHash(accessToken));
      if (!window || window.remaining > leaves) return 0;
      return Math.max(0, window.opensAt - performance.now());
    },

    record(accessToken, status, headers) {
      const seen = readLimit(status, headers);
      if (seen === null) return;
      const key = tokenHash(accessToken);
      if (seen.refusedFor !== null) {
        const opensAt = performance.now() + seen.refusedFor;
        windows.set(key, { remaining: 0, reset: Number.POSITIVE_INFINITY, opensAt });
        return;
      }
      const { remaining, reset, endsIn } = seen;
      const known = windows.get(key);
      windows.set(key, {
        // Answers overtake each other: within one window the lowest figure is the latest.
        remaining: known?.reset === reset ? Math.min(known.remaining, remaining) : remaining,
        reset,
        opensAt: performance.now() + endsIn,
      });
    },
  };
}

/** Tokens are not kept in the clear longer than they are needed. */
export function tokenHash(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("base64url");
}

function seconds(header: unknown): number | null {
  const value = typeof header === "string" && header.trim() !== "" ? Number(header) : Number.NaN;
  return Number.isFinite(value) && value >= 0 ? value : null;
}
