import type { Services } from "../../../container.ts";
import { isTemporary, type MirrorState } from "../../../mirror/mirror-state.ts";
import type { LatestCall } from "../../../store/repositories/calls.ts";
import type { Firm } from "../../../store/repositories/firms.ts";
import type { LastRequest } from "../../../views/setup-lights.ts";
import type { FirmStatus } from "../../../views/setup-status.ts";
import { setupProgress } from "../../../views/setup-steps.ts";

/**
 * Reads the status of a firm from the store; makes no request to Clio.
 * @param ruleOwners who needs a transfer rule; null if that isn't known. Called only if the page shows it
 */
export async function readStatus(
  { store, settings, mirrorStatus }: Services,
  firm: Firm,
  ruleOwners: () => Promise<ReadonlySet<number> | null>,
): Promise<FirmStatus> {
  const [connections, lookupAccount, keys, directory, transferRulesAddedAt, latestCall, firmCount] =
    await Promise.all([
      store.connections.listByFirm(firm.id),
      store.connections.lookupAccount(firm.id),
      store.apiKeys.listByFirm(firm.id),
      mirrorStatus(firm.id),
      store.firms.transferRulesAddedAt(firm.id),
      store.calls.latest(firm.id),
      settings.upfirstApiKey === null ? 0 : store.firms.count(),
    ]);
  // The operator's key works while this is the only firm.
  const hasKey = keys.length > 0 || firmCount === 1;
  const lastRequest = toLastRequest(firm, latestCall);
  const progress = setupProgress({
    hasLookupAccount: lookupAccount !== null,
    isSyncBlocked: isBlocked(directory.state),
    hasKey,
    lastRequestAt: lastRequest?.at ?? null,
    transferRulesAddedAt,
  });
  return {
    firm,
    connections,
    lookupUserId: lookupAccount?.userId ?? null,
    keys,
    hasKey,
    lastRequest,
    directory,
    transferRules: progress.current === null ? null : await countRules(store, firm, ruleOwners),
    progress,
  };
}

async function countRules(
  { addedRules }: Pick<Services["store"], "addedRules">,
  firm: Firm,
  ruleOwners: () => Promise<ReadonlySet<number> | null>,
): Promise<FirmStatus["transferRules"]> {
  const added = await addedRules.listByFirm(firm.id);
  const owners = added.length === 0 ? null : await ruleOwners();
  // Some rules that were added may not be needed anymore.
  const needed = owners ? added.filter(({ personId }) => owners.has(personId)) : added;
  return { addedCount: needed.length, neededCount: owners?.size ?? null };
}

/** Whether the firm's data has never been read, because of an error that doesn't go away by itself. */
function isBlocked(state: MirrorState): boolean {
  return state.phase === "first_read" && state.lastErrorCode !== null && !isTemporary(state.lastErrorCode);
}

/** A request is recorded as a call half a second later, and its time at most once a minute. */
function toLastRequest({ lastCallAt }: Firm, call: LatestCall | null): LastRequest | null {
  const lookup = call?.content?.lookups.at(-1);
  const answeredAt = lookup?.at ?? call?.at ?? null;
  if (answeredAt === null || (lastCallAt ?? 0) > answeredAt + RECORDING_DELAY_MS)
    return lastCallAt === null ? null : { at: lastCallAt, answer: null };
  const outcome = lookup?.outcome ?? call?.outcome ?? "error";
  const person = outcome === "routed" ? (call?.content?.person?.name ?? null) : null;
  return { at: answeredAt, answer: { outcome, person, errorCode: lookup?.errorCode ?? null } };
}

/** The two times of one request differ by less. */
const RECORDING_DELAY_MS = 1_000;
