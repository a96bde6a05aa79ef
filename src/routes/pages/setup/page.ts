import type { RequestHandler, Response } from "express";
import { customActionStates } from "../../../connections/custom-actions.ts";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { MirrorState } from "../../../mirror/mirror-state.ts";
import type { CustomActionsState, SetupPage } from "../../../views/setup-page.ts";

const FIRST_KEY_NAME = "Upfirst";

/** A slow Clio must not hold up everything else on the page. */
const CUSTOM_ACTIONS_TIMEOUT_MS = 3_000;

const MIN_REFRESH_SECONDS = 5;
const MAX_REFRESH_SECONDS = 30;

/** What only this response shows: a new key in the clear, or the answer for a tried caller. */
type ShownOnce = Partial<Pick<SetupPage, "newKey" | "tried">>;

/** `GET /setup`: the firm, its connected users, custom actions and API keys, and what to enter in Upfirst. */
export function setupPage(services: Services): RequestHandler {
  return async (_, response) => {
    await sendSetupPage(services, response, { newKey: await createFirstKey(services, response) });
  };
}

/** Sends the setup page of the signed-in user's firm. */
export async function sendSetupPage(
  services: Services,
  response: Response,
  { newKey = null, tried = null }: ShownOnce,
): Promise<void> {
  const { store, settings, views, mirrorStatus } = services;
  const { firm, connection, session } = currentUser(response);
  const [connections, lookupAccount, keys, directory, customActions] = await Promise.all([
    store.connections.listByFirm(firm.id),
    store.connections.lookupAccount(firm.id),
    store.apiKeys.listByFirm(firm.id),
    mirrorStatus(firm.id),
    readCustomActions(services, response),
  ]);
  response.send(
    views.setup({
      publicUrl: settings.publicUrl,
      csrf: session.csrf,
      firm,
      me: connection,
      connections,
      lookupUserId: lookupAccount?.userId ?? null,
      directory,
      // A refresh would remove what is shown only once.
      refreshSeconds: newKey || tried ? null : refreshSeconds(directory.state),
      customActions,
      keys,
      newKey,
      tried,
    }),
  );
}

/** Creates the first key of a firm that has just been admitted; null if it isn't time, or the firm has one. */
async function createFirstKey(
  { store, sessions }: Services,
  response: Response,
): Promise<SetupPage["newKey"]> {
  const { session, firm } = currentUser(response);
  if (!session.firstKey) return null;
  await sessions.dropFirstKey(response, session);
  if ((await store.apiKeys.listByFirm(firm.id)).length > 0) return null;
  const { key } = await store.apiKeys.create(firm.id, FIRST_KEY_NAME);
  return { name: FIRST_KEY_NAME, key };
}

/** Each refresh costs a request to Clio, so the page refreshes less often while a long full sync is far from its end. */
function refreshSeconds(state: MirrorState): number | null {
  if (!("reading" in state) || state.reading === null) return null;
  if (state.lastErrorCode !== null) return MAX_REFRESH_SECONDS;
  const seconds = Math.ceil((state.reading.secondsLeft ?? 0) / 10);
  return Math.min(MAX_REFRESH_SECONDS, Math.max(MIN_REFRESH_SECONDS, seconds));
}

/** The signed-in user's menu entries, or why Clio didn't list them. */
async function readCustomActions(services: Services, response: Response): Promise<CustomActionsState> {
  const { connection } = currentUser(response);
  const context = contextOf(response).fork(CUSTOM_ACTIONS_TIMEOUT_MS);
  try {
    return { records: await customActionStates(services, connection, context), problem: null };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { records: [], problem: error.detail };
  } finally {
    context.close();
  }
}
