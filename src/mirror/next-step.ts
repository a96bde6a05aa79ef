import type { FirmMirror, Mirror } from "../store/repositories/mirrors.ts";
import { currentMirror, POLL_INTERVAL_MS } from "./freshness.ts";

/** What is to be done next for a firm's mirror. */
export type Step = "give_up" | "begin" | "webhooks" | "changes" | "poll" | "pass" | "begin_pass";

/** Clio's clock and ours may differ by so much: a poll reads again what the one before it may have missed. */
export const CLOCK_SKEW_MS = 10 * 60_000;
/** After so long without a poll, deletions may have been told to nobody: everything is read. */
export const MAX_POLL_GAP_MS = 60 * 60_000;

const HOUR = 60 * 60_000;
const WEBHOOKS_CHECKED_EVERY = 24 * HOUR;
const WEBHOOKS_TRIED_EVERY = 5 * 60_000;

/** What a mirror has to be. */
export interface MirrorRequirements {
  /** What their rows are made with (`mirrorForm`). */
  readonly formatVersion: string;
  /** The hour of the day where the firms are, 0 to 23, at a moment in epoch milliseconds. */
  readonly hourAt: (at: number) => number;
  /** The service's address that webhooks are to lead to (`PUBLIC_URL`); null to leave the webhooks alone. */
  readonly webhooksTo: string | null;
}

/**
 * The next step for a firm, or null when there is nothing to do.
 * @param wanted null when nothing is to be kept at all (`DIRECTORY=live`)
 * @param now epoch milliseconds
 */
export function nextSyncStep(firm: FirmMirror, wanted: MirrorRequirements | null, now: number): Step | null {
  const { mirror, lookupUserId } = firm;
  if (wanted === null || lookupUserId === null) return mirror ? "give_up" : null;
  if (!mirror || !currentMirror(firm, wanted)) return "begin";
  if (now < mirror.retryAt) return null;
  if (webhooksAreDue(mirror, wanted, now)) return "webhooks";
  if (firm.hasPendingChanges) return "changes";
  if (mirror.completeAt !== null && now - (mirror.polledAt ?? 0) >= POLL_INTERVAL_MS) return "poll";
  if (mirror.fullSync !== null) return "pass";
  if (mirror.completeAt === null || mirror.fullSyncRequested || nightlyPassIsDue(mirror, wanted, now))
    return "begin_pass";
  return null;
}

function webhooksAreDue(mirror: Mirror, { webhooksTo }: MirrorRequirements, now: number): boolean {
  const { webhooksCheckedAt, webhooksAddress, webhooksErrorCode } = mirror;
  if (webhooksTo === null) return false;
  if (webhooksCheckedAt === null || webhooksAddress !== webhooksTo) return true;
  return (
    now - webhooksCheckedAt >= (webhooksErrorCode === null ? WEBHOOKS_CHECKED_EVERY : WEBHOOKS_TRIED_EVERY)
  );
}

/** Between one and five at night; each firm at a time of its own, so that not all of them begin at once. */
function nightlyPassIsDue(
  { id, fullSyncedAt }: Mirror,
  { hourAt }: MirrorRequirements,
  now: number,
): boolean {
  const since = now - (fullSyncedAt ?? 0);
  if (since >= 36 * HOUR) return true;
  if (since < 12 * HOUR) return false;
  const itsOwnDelay = (id % 180) * 60_000;
  const hour = hourAt(now - itsOwnDelay);
  return hour >= 1 && hour < 5;
}

/** Tells the hour of the day in a time zone, for example `America/Chicago`. */
export function hourIn(timeZone: string): MirrorRequirements["hourAt"] {
  const format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone });
  return (at) => Number(format.format(at));
}
