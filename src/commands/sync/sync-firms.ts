import { setTimeout as delay } from "node:timers/promises";
import { COMMAND_LINE, type RecordAudit } from "../../audit/record-audit.ts";
import type { MirrorScheduler } from "../../mirror/mirror-scheduler.ts";
import { isTemporary, type MirrorState, mirrorState } from "../../mirror/mirror-state.ts";
import type { MirrorRequirements } from "../../mirror/next-step.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { FirmMirror, Mirror } from "../../store/repositories/mirror.ts";
import type { Store } from "../../store/store.ts";

/** The outcome for one firm. */
export type SyncOutcome =
  | { readonly kind: "synced"; readonly records: Mirror["records"] }
  /** No user is connected through whom the firm could be read. */
  | { readonly kind: "no_user_connected" }
  /** The firm was removed during the sync. */
  | { readonly kind: "removed" }
  /** An error that doesn't pass by itself; its code is one of docs/reference/errors.md. */
  | { readonly kind: "failed"; readonly errorCode: string };

/** A firm that is being read. */
export interface FirmInProgress {
  readonly firm: Firm;
  readonly state: MirrorState;
}

interface SyncObserver {
  /** Called again and again with the firms that aren't finished. */
  onProgress(firms: readonly FirmInProgress[]): void;
  /** Called once for each firm. */
  onOutcome(firm: Firm, outcome: SyncOutcome): void;
  /** Ends the wait. A sync that has started continues as soon as any process works on the mirrors. */
  readonly signal: AbortSignal;
}

interface SyncParts {
  readonly store: Pick<Store, "mirrors">;
  readonly mirrorScheduler: Pick<MirrorScheduler, "schedule">;
  readonly recordAudit: RecordAudit;
  readonly requirements: MirrorRequirements;
  readonly now: () => number;
}

const POLL_INTERVAL_MS = 500;

/**
 * Requests a full sync of these firms and waits for it. This process or the service next to it does the work.
 * Resolves when every firm is finished; rejects with an `AbortError` when the signal aborts first.
 */
export async function syncFirms(
  { store: { mirrors }, mirrorScheduler, recordAudit, requirements, now }: SyncParts,
  firms: readonly Firm[],
  observer: SyncObserver,
): Promise<void> {
  const startedAt = now();
  const pending = new Map<Firm, { initialRetryAt: number }>();
  for (const firm of firms) {
    const before = await mirrors.findByFirm(firm.id);
    // A first sync in progress reads everything anyway.
    const isComplete = before?.mirror?.completeAt != null;
    if (isComplete) {
      await mirrors.requestFullSync(firm.id);
      await recordAudit({
        firmId: firm.id,
        kind: "full_sync_requested",
        actor: null,
        origin: COMMAND_LINE,
      });
    }
    pending.set(firm, { initialRetryAt: isComplete ? 0 : (before?.mirror?.retryAt ?? 0) });
  }

  for (;;) {
    const mirrorOf = new Map((await mirrors.list()).map((each) => [each.firmId, each]));
    const inProgress: FirmInProgress[] = [];
    for (const [firm, { initialRetryAt }] of pending) {
      const mirror = mirrorOf.get(firm.id);
      const outcome = outcomeOf(mirror, startedAt, initialRetryAt);
      if (outcome) {
        pending.delete(firm);
        observer.onOutcome(firm, outcome);
      } else if (mirror) {
        inProgress.push({ firm, state: mirrorState(mirror, requirements, now()) });
        mirrorScheduler.schedule(firm.id);
      }
    }
    if (inProgress.length === 0) return;
    observer.onProgress(inProgress);
    await delay(POLL_INTERVAL_MS, undefined, { signal: observer.signal });
  }
}

/**
 * The outcome for a firm; null while its sync is in progress.
 * @param initialRetryAt the mirror's `retryAt` before this sync: an error that goes with it is an old one
 */
function outcomeOf(
  firmMirror: FirmMirror | undefined,
  startedAt: number,
  initialRetryAt: number,
): SyncOutcome | null {
  if (!firmMirror) return { kind: "removed" };
  if (firmMirror.lookupUserId === null) return { kind: "no_user_connected" };
  const { mirror } = firmMirror;
  if (!mirror) return null;
  const { fullSyncedAt, fullSync, fullSyncRequested, records, lastErrorCode, retryAt } = mirror;
  // A full sync that was already running is followed by the requested one.
  if (fullSyncedAt !== null && fullSyncedAt > startedAt && !fullSync && !fullSyncRequested)
    return { kind: "synced", records };
  if (lastErrorCode !== null && !isTemporary(lastErrorCode) && retryAt !== initialRetryAt)
    return { kind: "failed", errorCode: lastErrorCode };
  return null;
}
