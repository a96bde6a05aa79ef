import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { customActionStates } from "../../../connections/custom-actions.ts";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { MirrorState } from "../../../mirror/mirror-state.ts";
import type { AuditCursor } from "../../../store/repositories/audit-events.ts";
import type { CustomActionsState, HistoryPage, SetupPage } from "../../../views/setup-page.ts";
import { parseQuery } from "../../parse-input.ts";

const FIRST_KEY_NAME = "Upfirst";

/** A slow Clio must not hold up everything else on the page. */
const CUSTOM_ACTIONS_TIMEOUT_MS = 3_000;

const MIN_REFRESH_SECONDS = 5;
const MAX_REFRESH_SECONDS = 30;

/** What only this response shows: a new key in the clear, or the answer for a tried caller. */
type ShownOnce = Partial<Pick<SetupPage, "newKey" | "tried">>;

const HISTORY_PAGE_SIZE = 20;
const HISTORY_CURSOR = /^(?<at>\d{1,15})-(?<id>[0-9a-f]{16})$/;

const SetupQuery = z.object({
  /** The last entry of the history's previous page. */
  before: z
    .string({ error: "must be given once." })
    .regex(HISTORY_CURSOR, { error: "must come from the link to older entries." })
    .optional(),
});

/**
 * `GET /setup`: the firm, its connected users, custom actions, API keys and history, and what to enter in Upfirst. A user who
 * isn't an administrator sees only what concerns them.
 */
export function setupPage(services: Services): RequestHandler {
  return async (request, response) => {
    const { before } = parseQuery(SetupQuery, request);
    const newKey = await createFirstKey(services, request, response);
    await sendSetupPage(services, response, { newKey }, before ? toCursor(before) : null);
  };
}

/** Sends the setup page of the signed-in user's firm. */
export async function sendSetupPage(
  services: Services,
  response: Response,
  { newKey = null, tried = null }: ShownOnce,
  before: AuditCursor | null = null,
): Promise<void> {
  const { store, settings, views, mirrorStatus } = services;
  const { firm, connection, isAdministrator, session } = currentUser(response);
  const { publicUrl } = settings;
  const [connections, administrators, customActions] = await Promise.all([
    store.connections.listByFirm(firm.id),
    store.administrators.listByFirm(firm.id),
    readCustomActions(services, response),
  ]);
  const common = { publicUrl, csrf: session.csrf, firm, me: connection, connections, administrators };
  if (!isAdministrator) {
    response.send(views.userSetup({ ...common, customActions, tried }));
    return;
  }
  const [lookupAccount, keys, directory, history] = await Promise.all([
    store.connections.lookupAccount(firm.id),
    store.apiKeys.listByFirm(firm.id),
    mirrorStatus(firm.id),
    readHistory(services, firm.id, before),
  ]);
  response.send(
    views.setup({
      ...common,
      lookupUserId: lookupAccount?.userId ?? null,
      directory,
      // A refresh would remove what is shown only once.
      refreshSeconds: newKey || tried ? null : refreshSeconds(directory.state),
      customActions,
      keys,
      newKey,
      tried,
      history,
    }),
  );
}

/** Creates the first key of a firm that has just been admitted; null if it isn't time, or the firm has one. */
async function createFirstKey(
  { store, sessions, recordAudit }: Services,
  request: Request,
  response: Response,
): Promise<SetupPage["newKey"]> {
  const { session, firm, isAdministrator } = currentUser(response);
  if (!session.firstKey || !isAdministrator) return null;
  await sessions.dropFirstKey(response, session);
  if ((await store.apiKeys.listByFirm(firm.id)).length > 0) return null;
  const { key } = await store.apiKeys.create(firm.id, FIRST_KEY_NAME);
  await recordAudit({ ...auditContext(request, response), kind: "key_created", detail: FIRST_KEY_NAME });
  return { name: FIRST_KEY_NAME, key };
}

async function readHistory(
  { store, auditRetention }: Services,
  firmId: string,
  before: AuditCursor | null,
): Promise<HistoryPage> {
  const since = auditRetention.expiredBefore();
  const limit = HISTORY_PAGE_SIZE + 1;
  const events = await store.auditEvents.listByFirm(firmId, { since, before, limit });
  const shown = events.slice(0, HISTORY_PAGE_SIZE);
  const last = shown.at(-1);
  const older = events.length > shown.length && last ? `${last.at}-${last.id}` : null;
  return { events: shown, older, isFirstPage: before === null };
}

function toCursor(text: string): AuditCursor | null {
  const { at, id } = HISTORY_CURSOR.exec(text)?.groups ?? {};
  return at === undefined || id === undefined ? null : { at: Number(at), id };
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
