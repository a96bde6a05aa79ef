import type { FirmMirror, FullSync, Mirror } from "../store/repositories/mirrors.ts";
import { currentMirror, isStale, MAX_STALENESS_MS } from "./freshness.ts";
import type { MirrorRequirements } from "./next-step.ts";

/** How far a reading of everything is. */
export interface ReadProgress {
  /** Contacts and matters read so far. */
  readonly read: number;
  /** How many there are; null until Clio has said so. */
  readonly total: number | null;
  /** How long the rest takes if nothing comes in between; null while nobody can tell. */
  readonly secondsLeft: number | null;
}

/** What the last request to Clio for a firm ended with. */
interface LastError {
  /** The code of an error; null when it went well. */
  readonly lastErrorCode: string | null;
  /** When Clio is asked again, in epoch milliseconds. */
  readonly retryAt: number;
}

/** Nothing of the firm is complete yet: every call asks Clio. */
export interface FirstRead extends LastError {
  readonly phase: "first_read";
  readonly reading: ReadProgress;
}

/**
 * A complete copy. While it is `ready` callers are answered from it; so they are while it is `behind`, because Clio could
 * not be asked when it should have been. Once it is `too_old`, every call asks Clio again. Times are epoch milliseconds.
 */
export interface CompleteCopy extends LastError {
  readonly phase: "ready" | "behind" | "too_old";
  readonly records: Mirror["records"];
  /** When a record last became different; null when none ever did. */
  readonly changedAt: number | null;
  /** Every change in Clio up to this moment is in. */
  readonly checkedAt: number;
  /** Until when callers are answered from it should Clio not be heard of again. */
  readonly answersUntil: number;
  /** The further reading under way or asked for; null when there is none. */
  readonly reading: ReadProgress | null;
}

/** What is kept of one firm's Clio, and how fresh it is: for pages and commands. */
export type MirrorState =
  /** Nothing is kept of anybody (`DIRECTORY=live`). */
  | { readonly phase: "live" }
  /** Nobody is connected through whom the firm could be read. */
  | { readonly phase: "nobody_connected" }
  | FirstRead
  | CompleteCopy;

/** What is left of Clio's limit in peak hours, 50 requests a minute, beside the 20 that are kept for callers. */
const PAGES_A_MINUTE = 30;
const RECORDS_A_PAGE = 200;

const NOT_BEGUN: ReadProgress = { read: 0, total: null, secondsLeft: null };

/**
 * In what phase a firm's copy is.
 *
 * @param wanted what a mirror has to be made with; null when nothing is to be kept (`DIRECTORY=live`)
 * @param now epoch milliseconds
 */
export function mirrorState(
  firm: FirmMirror,
  wanted: Pick<MirrorRequirements, "formatVersion"> | null,
  now: number,
): MirrorState {
  if (wanted === null) return { phase: "live" };
  if (firm.lookupUserId === null) return { phase: "nobody_connected" };
  // One that was read through somebody else, or made with another key, is replaced by a new one in a moment.
  const mirror = currentMirror(firm, wanted);
  if (!mirror) return { phase: "first_read", reading: NOT_BEGUN, lastErrorCode: null, retryAt: 0 };

  const { fullSync, fullSyncRequested, lastErrorCode, retryAt, polledAt, records, changedAt } = mirror;
  const reading = fullSync && readingOf(fullSync, now);
  if (mirror.completeAt === null || polledAt === null)
    return { phase: "first_read", reading: reading ?? NOT_BEGUN, lastErrorCode: lastErrorCode, retryAt };
  const answersUntil = polledAt + MAX_STALENESS_MS;
  return {
    phase: now >= answersUntil ? "too_old" : isStale(mirror, now) ? "behind" : "ready",
    records,
    changedAt,
    checkedAt: polledAt,
    answersUntil,
    reading: reading ?? (fullSyncRequested ? NOT_BEGUN : null),
    lastErrorCode: lastErrorCode,
    retryAt,
  };
}

/** Whether what went wrong ends without anybody doing something about it: Clio is away, or its limit is used up. */
export function isTemporary(trouble: string): boolean {
  return !LASTING.has(trouble);
}

const LASTING = new Set(["clio_permission", "clio_not_connected", "internal_error"]);

function readingOf({ contacts, matters, read, startedAt }: FullSync, now: number): ReadProgress {
  const total = contacts + matters;
  if (total === 0) return { read, total: null, secondsLeft: null };
  // Records that were added meanwhile, or are read twice, are more than Clio said there are.
  const counted = Math.min(read, total);
  const left = total - counted;
  const atWorst = left / RECORDS_A_PAGE / PAGES_A_MINUTE;
  const asSoFar = counted === 0 ? atWorst : left / (counted / minutesTouched(startedAt, now));
  return { read: counted, total, secondsLeft: Math.ceil(60 * Math.min(atWorst, asSoFar)) };
}

/**
 * How many of the minutes that Clio's limit counts a reading may have had. What a minute allows is often used up in its
 * first seconds: the pace of those seconds alone would promise too much.
 */
function minutesTouched(begunAt: number, now: number): number {
  return Math.floor(Math.max(0, now - begunAt) / 60_000) + 2;
}
