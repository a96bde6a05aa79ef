import { disconnectFirm } from "../connections/disconnect-firm.ts";
import type { UserClio } from "../connections/user-clio.ts";
import type { Firm } from "../store/firms.ts";
import type { Store } from "../store/store.ts";
import { countOf } from "../views/words.ts";
import { CommandRefused } from "./command-refused.ts";
import { removeFirm } from "./remove-firm.ts";
import { beforeWords, type FirmBelongings, notRemovedWords, removedWords } from "./remove-words.ts";

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
  await confirm(firm.id, beforeWords(firm, belongings, withoutClio));

  const { connections, webhooks } = store;
  const still = withoutClio ? [] : await disconnectFirm({ connections, webhooks, userClio }, firm.id);
  if (still.length > 0) throw new CommandRefused(notRemovedWords(firm, still), 1);
  await removeFirm(store, firm.id);
  const { connected, unreadable } = belongings.users;
  return removedWords(firm, belongings, withoutClio ? connected + unreadable : 0);
}

async function belongingsOf(
  { connections, bearerKeys, mirrors }: Store,
  { id }: Firm,
): Promise<FirmBelongings> {
  const users = { connected: 0, revoked: 0, unreadable: 0 };
  for (const { state } of await connections.ofFirm(id)) users[state] += 1;
  const mirror = (await mirrors.ofFirm(id))?.mirror;
  return { users, keys: (await bearerKeys.ofFirm(id)).length, records: mirror?.records ?? null };
}

async function noSuchFirm({ firms }: Store, firmId: string): Promise<CommandRefused> {
  const ids = (await firms.list()).map(({ id }) => id);
  const there =
    ids.length === 0
      ? "There is none yet."
      : ids.length <= NAMED_AT_MOST
        ? `There are: ${ids.join(", ")}.`
        : `There are ${countOf(ids.length, "firm")}; npm run firms lists them.`;
  return new CommandRefused(`No firm ${JSON.stringify(firmId)} is admitted. ${there}`, 2);
}
