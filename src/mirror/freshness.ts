import type { FirmMirror, Mirror, MirrorSummary } from "../store/repositories/mirrors.ts";

/** Webhooks can get lost and Clio can be unreachable, so Clio is asked for changes this often as well. */
export const POLL_INTERVAL_MS = 5 * 60_000;
/** A mirror that has not been up to date for this long answers nobody. */
export const MAX_STALENESS_MS = 24 * 60 * 60_000;

type MirroredFirm<Summary> = Pick<FirmMirror, "lookupUserId"> & { readonly mirror: Summary | null };

/**
 * The firm's mirror, whether complete or not, if it was read through the firm's present lookup account and written in the
 * present format; else null.
 */
export function currentMirror<Summary extends MirrorSummary>(
  { mirror, lookupUserId }: MirroredFirm<Summary>,
  { formatVersion }: { formatVersion: string },
): Summary | null {
  return mirror && mirror.userId === lookupUserId && mirror.formatVersion === formatVersion ? mirror : null;
}

/**
 * The firm's mirror, if callers may be answered from it: current, complete and not too old
 * (docs/explanation/how-fresh.md); else null.
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

/** Whether the mirror may be behind Clio because a poll that was due failed. */
export function isStale(mirror: Pick<Mirror, "polledAt">, now: number): boolean {
  return now - (mirror.polledAt ?? 0) > 2 * POLL_INTERVAL_MS;
}
