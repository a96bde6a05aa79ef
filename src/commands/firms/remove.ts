import { aborted } from "node:util";
import type { RecordAudit } from "../../audit/record-audit.ts";
import { disconnectFirm } from "../../connections/disconnect-firm.ts";
import type { UserClio } from "../../connections/user-clio.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { Store } from "../../store/store.ts";
import { CommandError, InterruptedError } from "../command-error.ts";
import { formatFirm } from "../format-firm.ts";
import { UnknownFirmError } from "../unknown-firm-error.ts";
import { deleteFirm } from "./delete-firm.ts";
import { type FirmContents, formatConfirmation, formatNotRemoved, formatRemoved } from "./format-removal.ts";

interface RemoveParts {
  readonly store: Store;
  readonly userClio: UserClio;
  readonly recordAudit: RecordAudit;
  /** Asks the operator to confirm; rejects when the operator doesn't. */
  confirm(firmId: string, consequences: string): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * `npm run firms -- remove`: ends the access of the firm's users in Clio, then deletes the firm with everything that
 * belongs to it. If that access can't be ended for every user, the firm stays, unless `withoutClio` is set.
 *
 * @returns the text for the operator
 * @throws CommandError when there is no such firm, or when it wasn't removed
 */
export async function remove(
  { store, userClio, recordAudit, confirm, signal }: RemoveParts,
  firmId: string,
  { withoutClio }: { withoutClio: boolean },
): Promise<string> {
  const firm = await store.firms.find(firmId);
  if (!firm) throw new UnknownFirmError(firmId, await store.firms.list());
  const contents = await contentsOf(store, firm);
  await confirm(firm.id, formatConfirmation(firm, contents, withoutClio));

  const { connections, webhooks } = store;
  const failed = withoutClio
    ? []
    : await rejectOnAbort(
        disconnectFirm({ connections, webhooks, userClio, recordAudit }, firm.id),
        signal,
        `Stopped. ${formatFirm(firm)} was not removed. Users who are already disconnected stay disconnected.`,
      );
  if (failed.length > 0) throw new CommandError(formatNotRemoved(firm, failed));
  const isErased = await deleteFirm(store, firm.id, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    throw new InterruptedError(
      `Stopped. ${formatFirm(firm)} was removed. The running service deletes the rest of its data.`,
    );
  });
  const { connected, unreadable } = contents.users;
  return formatRemoved(firm, contents, isErased, withoutClio ? connected + unreadable : 0);
}

/** Settles as `work` does, or rejects with an `InterruptedError` when the signal aborts. */
async function rejectOnAbort<T>(work: Promise<T>, signal: AbortSignal, message: string): Promise<T> {
  const interrupted = aborted(signal, work).then(() => {
    throw new InterruptedError(message);
  });
  return Promise.race([work, interrupted]);
}

async function contentsOf({ connections, apiKeys, mirrors }: Store, { id }: Firm): Promise<FirmContents> {
  const users = { connected: 0, revoked: 0, unreadable: 0 };
  for (const { state } of await connections.listByFirm(id)) users[state] += 1;
  const mirror = (await mirrors.findByFirm(id))?.mirror;
  return { users, keys: (await apiKeys.listByFirm(id)).length, records: mirror?.records ?? null };
}
