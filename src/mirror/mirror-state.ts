import { MAX_PAGE_SIZE } from "../clio/paging.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../clio/rate-limits.ts";
import type { FirmMirror, FullSync, Mirror } from "../store/repositories/mirror.ts";
import { currentMirror, isStale, MAX_STALENESS_MS } from "./freshness.ts";
import type { MirrorRequirements } from "./next-step.ts";

/** The progress of a full sync. */
export interface ReadProgress {
  /** Contacts and matters read so far. */
  readonly read: number;
  /** Contacts and matters in total; null until Clio reports it. */
  readonly total: number | null;
  /** Estimated time left; null while the total is unknown. */
  readonly secondsLeft: number | null;
}

interface LastError {
  /** The error code of the latest sync step; null if it succeeded. */
  readonly lastErrorCode: string | null;
  /** When the step is retried, in epoch milliseconds. */
  readonly retryAt: number;
}

/** The firm's first full sync isn't complete: every call is looked up in Clio. */
export interface FirstRead extends LastError {
  readonly phase: "first_read";
  readonly reading: ReadProgress;
}

/**
 * A complete copy. `ready` and `behind` answer calls; with `too_old`, every call is looked up in Clio again
 * (docs/explanation/how-fresh.md, "States"). Times are epoch milliseconds.
 */
export interface CompleteCopy extends LastError {
  readonly phase: "ready" | "behind" | "too_old";
  readonly records: Mirror["records"];
  /** When a record last changed; null if none ever did. */
  readonly changedAt: number | null;
  /** The copy contains every change in Clio up to this moment. */
  readonly checkedAt: number;
  /** Until when the copy answers calls if Clio stays unreachable. */
  readonly answersUntil: number;
  /** When the last full sync ended. */
  readonly fullSyncedAt: number | null;
  /** The full sync that is running or requested; null if there is none. */
  readonly reading: ReadProgress | null;
}

/** The state of a firm's copy, for pages and commands. */
export type MirrorState =
  /** No copies are kept (`DIRECTORY=live`). */
  | { readonly phase: "live" }
  /** No user of the firm is connected. */
  | { readonly phase: "nobody_connected" }
  | FirstRead
  | CompleteCopy;

/** Clio's rate limit in peak hours (docs/explanation/how-clio-behaves.md, "Rate limits"). */
const PEAK_REQUESTS_PER_MINUTE = 50;
const PAGES_PER_MINUTE = PEAK_REQUESTS_PER_MINUTE - REQUESTS_RESERVED_FOR_CALLS;

const NOT_STARTED: ReadProgress = { read: 0, total: null, secondsLeft: null };

/**
 * Determines the state of a firm's copy.
 *
 * @param requirements null if no mirrors are kept (`DIRECTORY=live`)
 * @param now epoch milliseconds
 */
export function mirrorState(
  firm: FirmMirror,
  requirements: Pick<MirrorRequirements, "formatVersion"> | null,
  now: number,
): MirrorState {
  if (requirements === null) return { phase: "live" };
  if (firm.lookupUserId === null) return { phase: "nobody_connected" };
  // An outdated mirror is about to be replaced, so it counts as none.
  const mirror = currentMirror(firm, requirements);
  if (!mirror) return { phase: "first_read", reading: NOT_STARTED, lastErrorCode: null, retryAt: 0 };

  const { fullSync, fullSyncRequested, lastErrorCode, retryAt, polledAt, records, changedAt, fullSyncedAt } =
    mirror;
  const reading = fullSync && progressOf(fullSync, now);
  if (mirror.completeAt === null || polledAt === null)
    return { phase: "first_read", reading: reading ?? NOT_STARTED, lastErrorCode, retryAt };
  const answersUntil = polledAt + MAX_STALENESS_MS;
  return {
    phase: now >= answersUntil ? "too_old" : isStale(mirror, now) ? "behind" : "ready",
    records,
    changedAt,
    checkedAt: polledAt,
    answersUntil,
    fullSyncedAt,
    reading: reading ?? (fullSyncRequested ? NOT_STARTED : null),
    lastErrorCode,
    retryAt,
  };
}

/** Whether an error goes away by itself, such as an unreachable Clio or a used-up rate limit. */
export function isTemporary(errorCode: string): boolean {
  return !PERMANENT_ERROR_CODES.has(errorCode);
}

const PERMANENT_ERROR_CODES = new Set(["clio_permission", "clio_not_connected", "internal_error"]);

function progressOf({ contacts, matters, read, startedAt }: FullSync, now: number): ReadProgress {
  const total = contacts + matters;
  if (total === 0) return { read, total: null, secondsLeft: null };
  // Records that were added since, or were read twice, can exceed the total.
  const done = Math.min(read, total);
  const left = total - done;
  const maxMinutes = left / MAX_PAGE_SIZE / PAGES_PER_MINUTE;
  const minutesAtPace = done === 0 ? maxMinutes : left / (done / rateLimitMinutes(startedAt, now));
  return { read: done, total, secondsLeft: Math.ceil(60 * Math.min(maxMinutes, minutesAtPace)) };
}

/**
 * The most rate-limit minutes that a sync may have used. A minute's requests are often used up in its first seconds, so
 * the pace of those seconds alone would promise too much.
 */
function rateLimitMinutes(startedAt: number, now: number): number {
  return Math.floor(Math.max(0, now - startedAt) / 60_000) + 2;
}
