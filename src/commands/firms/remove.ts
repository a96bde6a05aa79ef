import { disconnectFirm } from "../../connections/disconnect-firm.ts";
import type { UserClio } from "../../connections/user-clio.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { Store } from "../../store/store.ts";
import { formatCountOf } from "../../views/format.ts";
import { CommandError } from "../command-error.ts";
import { deleteFirm } from "./delete-firm.ts";
import { type FirmContents, formatConfirmation, formatNotRemoved, formatRemoved } from "./format-removal.ts";

/** More ids than that are not all named. */
const NAMED_AT_MOST = 10;

interface RemoveParts {
  readonly store: Store;
  readonly userClio: UserClio;
  /** Asks the operator whether that is meant; rejects when it is not. */
  confirm(firmId: string, what: string): Promise<void>;
}

/**
 * `npm run firms -- remove`: ends the access of the firm's users in Clio, then deletes the firm with everything that
 * belongs to it. When Clio cannot be told for all of them, the firm stays, unless it is to go without that.
 *
 * @returns what to tell the operator
 * @throws CommandRefused for a firm that is not admitted, or is not removed
 */
export async function remove(
  { store, userClio, confirm }: RemoveParts,
  firmId: string,
  { withoutClio }: { withoutClio: boolean },
): Promise<string> {
  const firm = await store.firms.find(firmId);
  if (!firm) throw await noSuchFirm(store, firmId);
  const belongings = await belongingsOf(store, firm);
  await confirm(firm.id, formatConfirmation(firm, belongings, withoutClio));

  const { connections, webhooks } = store;
  const still = withoutClio ? [] : await disconnectFirm({ connections, webhooks, userClio }, firm.id);
  if (still.length > 0) throw new CommandError(formatNotRemoved(firm, still), 1);
  await deleteFirm(store, firm.id);
  const { connected, unreadable } = belongings.users;
  return formatRemoved(firm, belongings, withoutClio ? connected + unreadable : 0);
}

async function belongingsOf({ connections, apiKeys, mirrors }: Store, { id }: Firm): Promise<FirmContents> {
  const users = { connected: 0, revoked: 0, unreadable: 0 };
  for (const { state } of await connections.ofFirm(id)) users[state] += 1;
  const mirror = (await mirrors.ofFirm(id))?.mirror;
  return { users, keys: (await apiKeys.ofFirm(id)).length, records: mirror?.records ?? null };
}

async function noSuchFirm({ firms }: Store, firmId: string): Promise<CommandError> {
  const ids = (await firms.list()).map(({ id }) => id);
  const there =
    ids.length === 0
      ? "There is none yet."
      : ids.length <= NAMED_AT_MOST
        ? `There are: ${ids.join(", ")}.`
        : `There are ${formatCountOf(ids.length, "firm")}; npm run firms lists them.`;
  return new CommandError(`No firm ${JSON.stringify(firmId)} is admitted. ${there}`, 2);
}
