import type { Request } from "express";
import { ipKeyGenerator } from "express-rate-limit";
import type { AttemptCounts } from "../store/coordination/attempt-counts.ts";

/** How many attempts of one kind are allowed in a window of time, counted for each key. */
interface AttemptLimit {
  /** The kind of attempt. It is stored with the counts, so it has to stay the same while two versions run at the same time. */
  readonly kind: string;
  readonly max: number;
  readonly windowMs: number;
}

/** The count of a key in its current window. */
export interface AttemptStatus {
  readonly attempts: number;
  readonly isOverLimit: boolean;
  /** Seconds until the window ends, at least 1. */
  readonly retryAfter: number;
}

/** Limits one kind of attempt. */
export interface AttemptLimiter {
  /**
   * Counts an attempt. Count it before the work that must be limited, and take it back if it succeeds, so
   * that simultaneous requests can't exceed the limit.
   */
  count(key: string): Promise<AttemptStatus>;
  /** Takes back an attempt, so that it doesn't count. */
  takeBack(key: string): Promise<void>;
  /** The status that the next attempt would have, without counting it. */
  peek(key: string): Promise<AttemptStatus>;
}

/** Every limit (docs/reference/errors.md, `too_many_requests`). */
export interface AttemptLimiters {
  /** Invalid API keys, by address. */
  readonly invalidKeys: AttemptLimiter;
  /** Wrong setup links, by address. */
  readonly wrongSetupLinks: AttemptLimiter;
  /** Wrong setup links from all addresses together; the key is `ALL_ADDRESSES`. */
  readonly allWrongSetupLinks: AttemptLimiter;
  /** Sign-ins that are refused after a request to Clio, by address. */
  readonly refusedSignIns: AttemptLimiter;
  /** Clicks that Clio hasn't confirmed, by address. */
  readonly clicksByAddress: AttemptLimiter;
  /** Clicks that Clio hasn't confirmed, by the user's ID. Each spends one of the user's requests to Clio. */
  readonly clicksByUser: AttemptLimiter;
}

const MINUTE_MS = 60_000;
const MAX_FROM_ADDRESS = 30;
const MAX_WRONG_SETUP_LINKS = 60;
const MAX_UNCONFIRMED_CLICKS_OF_USER = 20;

/** The key for attempts that aren't counted by address. */
export const ALL_ADDRESSES = "all";

/** @param now the clock, in milliseconds since 1970 */
export function createAttemptLimiters(counts: AttemptCounts, now: () => number): AttemptLimiters {
  const limiter = (kind: string, max: number) =>
    createAttemptLimiter({ kind, max, windowMs: MINUTE_MS }, counts, now);
  return {
    invalidKeys: limiter("keys", MAX_FROM_ADDRESS),
    wrongSetupLinks: limiter("setup links", MAX_FROM_ADDRESS),
    allWrongSetupLinks: limiter("setup links of all", MAX_WRONG_SETUP_LINKS),
    refusedSignIns: limiter("sign-ins", MAX_FROM_ADDRESS),
    clicksByAddress: limiter("clicks", MAX_FROM_ADDRESS),
    clicksByUser: limiter("clicks of user", MAX_UNCONFIRMED_CLICKS_OF_USER),
  };
}

function createAttemptLimiter(
  { kind, max, windowMs }: AttemptLimit,
  counts: AttemptCounts,
  now: () => number,
): AttemptLimiter {
  function toStatus(attempts: number, windowEndsAt: number): AttemptStatus {
    const retryAfter = Math.max(1, Math.ceil((windowEndsAt - now()) / 1000));
    return { attempts, isOverLimit: attempts > max, retryAfter };
  }

  return {
    async count(key) {
      const { attempts, windowEndsAt } = await counts.count(kind, key, windowMs);
      return toStatus(attempts, windowEndsAt);
    },
    takeBack: (key) => counts.takeBack(kind, key),
    async peek(key) {
      const current = await counts.peek(kind, key);
      return toStatus((current?.attempts ?? 0) + 1, current?.windowEndsAt ?? now());
    },
  };
}

/**
 * The address that attempts are counted by, which depends on `TRUST_PROXY`. IPv6 addresses are counted by network, because
 * one user can have any number of them.
 */
export function addressOf(request: Request): string {
  return request.ip === undefined ? "unknown" : ipKeyGenerator(request.ip);
}
