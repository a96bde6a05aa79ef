import { setTimeout as pause } from "node:timers/promises";
import type { MirrorScheduler } from "../../mirror/mirror-scheduler.ts";
import { isTemporary, type MirrorState, mirrorState } from "../../mirror/mirror-state.ts";
import type { MirrorRequirements } from "../../mirror/next-step.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { FirmMirror, Mirror } from "../../store/repositories/mirrors.ts";
import type { Store } from "../../store/store.ts";

/** How it ended for one firm. */
export type SyncOutcome =
  | { readonly how: "read"; readonly records: Mirror["records"] }
  /** Nobody is connected through whom it could be read. */
  | { readonly how: "nobody_connected" }
  /** It was shut out meanwhile. */
  | { readonly how: "not_admitted" }
  /** By an error that does not end by itself; its code. */
  | { readonly how: "trouble"; readonly trouble: string };

/** A firm that is being read. */
export interface FirmInProgress {
  readonly firm: Firm;
  readonly state: MirrorState;
}

interface Watcher {
  /** Told again and again how far the firms are that are not through. */
  progress(firms: readonly FirmInProgress[]): void;
  /** Told once for each firm. */
  ended(firm: Firm, ending: SyncOutcome): void;
  /** Ends the wait; what was begun goes on whenever somebody looks after the mirrors again. */
  readonly signal: AbortSignal;
}

interface ReadingParts {
  readonly store: Pick<Store, "mirrors">;
  readonly mirrorScheduler: Pick<MirrorScheduler, "schedule">;
  readonly requirements: MirrorRequirements;
  readonly now: () => number;
}

const LOOKS_EVERY = 500;

/**
 * Has everything of these firms read from Clio, by whichever process gets to it: this one, or the service beside it.
 * Resolves when all of them are through; rejects with an `AbortError` when the signal comes first.
 */
export async function syncFirms(
  { store: { mirrors }, mirrorScheduler, requirements, now }: ReadingParts,
  firms: readonly Firm[],
  watcher: Watcher,
): Promise<void> {
  const begunAt = now();
  const waitedFor = new Map<Firm, { retryAt: number }>();
  for (const firm of firms) {
    const before = await mirrors.ofFirm(firm.id);
    // A first read that is under way reads everything anyway.
    const isComplete = before?.mirror?.completeAt != null;
    if (isComplete) await mirrors.requestFullSync(firm.id);
    waitedFor.set(firm, { retryAt: isComplete ? 0 : (before?.mirror?.retryAt ?? 0) });
  }

  for (;;) {
    const all = new Map((await mirrors.all()).map((each) => [each.firmId, each]));
    const underWay: FirmInProgress[] = [];
    for (const [firm, { retryAt }] of waitedFor) {
      const found = all.get(firm.id);
      const ending = endingOf(found, begunAt, retryAt);
      if (ending) {
        waitedFor.delete(firm);
        watcher.ended(firm, ending);
      } else if (found) {
        underWay.push({ firm, state: mirrorState(found, requirements, now()) });
        mirrorScheduler.schedule(firm.id);
      }
    }
    if (underWay.length === 0) return;
    watcher.progress(underWay);
    await pause(LOOKS_EVERY, undefined, { signal: watcher.signal });
  }
}

/** @param knownRetryAt when the next try was to come before anything was asked: a trouble of then is not one of now */
function endingOf(found: FirmMirror | undefined, begunAt: number, knownRetryAt: number): SyncOutcome | null {
  if (!found) return { how: "not_admitted" };
  if (found.lookupUserId === null) return { how: "nobody_connected" };
  const { mirror } = found;
  if (!mirror) return null;
  const { fullSyncedAt, fullSync, fullSyncRequested, records, lastErrorCode, retryAt } = mirror;
  // One that was under way already is followed by the one that was asked for.
  if (fullSyncedAt !== null && fullSyncedAt > begunAt && !fullSync && !fullSyncRequested)
    return { how: "read", records };
  if (lastErrorCode !== null && !isTemporary(lastErrorCode) && retryAt !== knownRetryAt)
    return { how: "trouble", trouble: lastErrorCode };
  return null;
}
