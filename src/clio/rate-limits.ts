import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";

/** What Clio's headers said last about one access token. */
interface Window {
  /** Requests left. */
  remaining: number;
  /** When the window ends, in Clio's Unix seconds. */
  reset: number;
  /** The same moment on our monotonic clock, in milliseconds. */
  opensAt: number;
}

type Headers = Readonly<Record<string, unknown>>;

const LONGEST_WINDOW = 60_000;

/**
 * Remembers how much of Clio's limit each access token has left, so that no request is sent only to be refused.
 * The limit counts per token and its reset time is on Clio's clock (clio-facts, Requests): the wait is taken from
 * the answer's own `Date`.
 */
export class RateLimits {
  readonly #windows = new LRUCache<string, Window>({ max: 10_000 });

  /** Notes the limit headers, or the `Retry-After` of a 429, that came back for a token. */
  note(accessToken: string, status: number, headers: Headers): void {
    const key = digest(accessToken);
    const retryAfter = seconds(headers["retry-after"]);
    if (status === 429 && retryAfter !== null) {
      const opensAt = performance.now() + retryAfter * 1000;
      this.#windows.set(key, { remaining: 0, reset: Number.POSITIVE_INFINITY, opensAt });
      return;
    }
    const remaining = seconds(headers["x-ratelimit-remaining"]);
    const reset = seconds(headers["x-ratelimit-reset"]);
    if (remaining === null || reset === null) return;
    const known = this.#windows.get(key);
    const clioNow = Date.parse(String(headers.date)) || Date.now();
    const wait = Math.min(Math.max(reset * 1000 - clioNow, 0), LONGEST_WINDOW);
    this.#windows.set(key, {
      // Answers overtake each other: within one window the lowest figure is the latest.
      remaining: known?.reset === reset ? Math.min(known.remaining, remaining) : remaining,
      reset,
      opensAt: performance.now() + wait,
    });
  }

  /**
   * How long a request with this token has to wait.
   * @param leaves how many requests of the window have to be left for others
   * @returns milliseconds; 0 when it may go out now
   */
  waitFor(accessToken: string, leaves: number): number {
    const window = this.#windows.get(digest(accessToken));
    if (!window || window.remaining > leaves) return 0;
    return Math.max(0, window.opensAt - performance.now());
  }
}

/** Tokens are not kept in the clear longer than they are needed. */
function digest(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("base64url");
}

function seconds(header: unknown): number | null {
  const value = typeof header === "string" && header.trim() !== "" ? Number(header) : Number.NaN;
  return Number.isFinite(value) && value >= 0 ? value : null;
}
