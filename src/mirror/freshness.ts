import type { FirmMirror, Mirror, MirrorSummary } from "../store/repositories/mirror.ts";

/** Clio is polled as well, because webhooks can get lost. */
export const POLL_INTERVAL_MS = 5 * 60_000;
/** A mirror that was last up to date longer ago than this no longer answers calls. */
export const MAX_STALENESS_MS = 24 * 60 * 60_000;

type MirroredFirm<Summary> = Pick<FirmMirror, "lookupUserId"> & { readonly mirror: Summary | null };

/**
 * Returns the firm's mirror, complete or not, if it was read with the current lookup account and written in the current
 * format; otherwise null.
 */
export function currentMirror<Summary extends MirrorSummary>(
  { mirror, lookupUserId }: MirroredFirm<Summary>,
  { formatVersion }: { formatVersion: string },
): Summary | null {
  return mirror && mirror.userId === lookupUserId && mirror.formatVersion === formatVersion ? mirror : null;
}

/**
 * Returns the firm's mirror if it may answer calls, that is, if it is current, complete and not too old
 * (docs/explanation/how-fresh.md); otherwise null.
 * @param now epoch milliseconds
 */
export function usableMirror<Summary extends MirrorSummary>(
  firm: MirroredFirm<Summary> | null,
  requirements: { formatVersion: string },
  now: number,
): Summary | null {
  const mirror = firm && currentMirror(firm, requirements);
  if (!mirror || mirror.completeAt === null || mirror.polledAt === null) return null;
  return now - mirror.polledAt < MAX_STALENESS_MS ? mirror : null;
}

/** Whether the mirror may be behind Clio, because polls that were due have failed. */
export function isStale(mirror: Pick<Mirror, "polledAt">, now: number): boolean {
  return now - (mirror.polledAt ?? 0) > 2 * POLL_INTERVAL_MS;
}
