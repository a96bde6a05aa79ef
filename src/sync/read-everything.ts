import { setTimeout as pause } from "node:timers/promises";
import type { MirrorKeeper } from "../mirror/mirror-keeper.ts";
import { endsByItself, type MirrorState, mirrorState } from "../mirror/mirror-state.ts";
import type { WantedMirrors } from "../mirror/what-is-due.ts";
import type { Firm } from "../store/firms.ts";
import type { FirmMirror, Mirror } from "../store/mirrors.ts";
import type { Store } from "../store/store.ts";

/** How it ended for one firm. */
export type Ending =
  | { readonly how: "read"; readonly records: Mirror["records"] }
  /** Nobody is connected through whom it could be read. */
  | { readonly how: "nobody_connected" }
  /** It was shut out meanwhile. */
  | { readonly how: "not_admitted" }
  /** By an error that does not end by itself; its code. */
  | { readonly how: "trouble"; readonly trouble: string };

/** A firm that is being read. */
export interface FirmBeingRead {
  readonly firm: Firm;
  readonly state: MirrorState;
}

interface Watcher {
  /** Told again and again how far the firms are that are not through. */
  progress(firms: readonly FirmBeingRead[]): void;
  /** Told once for each firm. */
  ended(firm: Firm, ending: Ending): void;
  /** Ends the wait; what was begun goes on whenever somebody looks after the mirrors again. */
  readonly signal: AbortSignal;
}

interface ReadingParts {
  readonly store: Pick<Store, "mirrors">;
  readonly keeper: Pick<MirrorKeeper, "look">;
  readonly wanted: WantedMirrors;
  readonly now: () => number;
}

const LOOKS_EVERY = 500;

/**
 * Has everything of these firms read from Clio, by whichever process gets to it: this one, or the service beside it.
 * Resolves when all of them are through; rejects with an `AbortError` when the signal comes first.
 */
export async function readEverything(
  { store: { mirrors }, keeper, wanted, now }: ReadingParts,
  firms: readonly Firm[],
  watcher: Watcher,
): Promise<void> {
  const begunAt = now();
  const waitedFor = new Map<Firm, { retryAt: number }>();
  for (const firm of firms) {
    const before = await mirrors.ofFirm(firm.id);
    // A first read that is under way reads everything anyway.
    const isComplete = before?.mirror?.completeAt != null;
    if (isComplete) await mirrors.wantPass(firm.id);
    waitedFor.set(firm, { retryAt: isComplete ? 0 : (before?.mirror?.retryAt ?? 0) });
  }

  for (;;) {
    const all = new Map((await mirrors.all()).map((each) => [each.firmId, each]));
    const underWay: FirmBeingRead[] = [];
    for (const [firm, { retryAt }] of waitedFor) {
      const found = all.get(firm.id);
      const ending = endingOf(found, begunAt, retryAt);
      if (ending) {
        waitedFor.delete(firm);
        watcher.ended(firm, ending);
      } else if (found) {
        underWay.push({ firm, state: mirrorState(found, wanted, now()) });
        keeper.look(firm.id);
      }
    }
    if (underWay.length === 0) return;
    watcher.progress(underWay);
    await pause(LOOKS_EVERY, undefined, { signal: watcher.signal });
  }
}

/** @param knownRetryAt when the next try was to come before anything was asked: a trouble of then is not one of now */
function endingOf(found: FirmMirror | undefined, begunAt: number, knownRetryAt: number): Ending | null {
  if (!found) return { how: "not_admitted" };
  if (found.answeringUserId === null) return { how: "nobody_connected" };
  const { mirror } = found;
  if (!mirror) return null;
  const { passedAt, pass, passWanted, records, trouble, retryAt } = mirror;
  // One that was under way already is followed by the one that was asked for.
  if (passedAt !== null && passedAt > begunAt && !pass && !passWanted) return { how: "read", records };
  if (trouble !== null && !endsByItself(trouble) && retryAt !== knownRetryAt)
    return { how: "trouble", trouble };
  return null;
}
