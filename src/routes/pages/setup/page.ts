import type { Request, RequestHandler, Response } from "express";
import { z } from "zod";
import { customActionStates } from "../../../connections/custom-actions.ts";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import { KeyNameTakenError } from "../../../store/repositories/api-keys.ts";
import type { AuditCursor } from "../../../store/repositories/audit-events.ts";
import type { Connection } from "../../../store/repositories/connections.ts";
import type { RevealedKey } from "../../../store/repositories/key-reveals.ts";
import type { CustomActionsState } from "../../../views/custom-actions-state.ts";
import type { HistoryPage, SetupPage } from "../../../views/setup-page.ts";
import { parseQuery } from "../../parse-input.ts";
import { readStatus } from "./read-status.ts";
import { createRevealedKey, revealSession } from "./revealed-keys.ts";

const FIRST_KEY_NAME = "Upfirst";

/** A slow Clio must not hold up everything else on the page. */
const CUSTOM_ACTIONS_TIMEOUT_MS = 3_000;
const COVERAGE_TIMEOUT_MS = 1_000;

/** What only this response shows: the answer for a tried caller, or the outcome of the form for a new key. */
interface ShownOnce extends Partial<Pick<SetupPage, "tried" | "keyForm">> {
  /** The key that was just created comes first, even if another one was created in the same millisecond. */
  readonly createdKeyId?: string;
}

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
 * `GET /setup`: the steps of setting up, or the firm's status once they are done; its keys, users and history, and what to
 * enter in Upfirst. A user who isn't an administrator sees only what concerns them.
 */
export function setupPage(services: Services): RequestHandler {
  return async (request, response) => {
    const { before } = parseQuery(SetupQuery, request);
    await createFirstKey(services, request, response);
    await sendSetupPage(services, response, {}, before ? toCursor(before) : null);
  };
}

/** Sends the setup page of the signed-in user's firm. */
export async function sendSetupPage(
  services: Services,
  response: Response,
  { tried = null, keyForm = null, createdKeyId }: ShownOnce,
  before: AuditCursor | null = null,
): Promise<void> {
  const { store, settings, views, now } = services;
  const { firm, connection, isAdministrator, session } = currentUser(response);
  const { publicUrl } = settings;
  const [administrators, customActions] = await Promise.all([
    store.administrators.listByFirm(firm.id),
    readCustomActions(services, response),
  ]);
  const common = { publicUrl, csrf: session.csrf, me: connection, administrators, customActions, tried };
  if (!isAdministrator) {
    const connections = await store.connections.listByFirm(firm.id);
    response.send(views.userSetup({ ...common, firm, connections }));
    return;
  }
  const [status, revealedKeys, history, missingPermission] = await Promise.all([
    readStatus(services, firm, () => readRuleOwners(services, connection)),
    store.keyReveals.list(revealSession(response)),
    readHistory(services, firm.id, before),
    store.callOutbox.refusedStep(firm.id),
  ]);
  const isCreated = ({ keyId }: RevealedKey) => Number(keyId === createdKeyId);
  response.send(
    views.setup({
      ...common,
      ...status,
      now: now(),
      firmTimeZone: firm.timeZone ?? settings.timeZone,
      missingPermission,
      revealedKeys: revealedKeys.toSorted((one, other) => isCreated(other) - isCreated(one)),
      isKeyCreated: createdKeyId !== undefined,
      keyForm,
      history,
    }),
  );
}

/** Creates the first key of a firm that has just been admitted. Has no effect if it isn't time, or the firm has a key. */
async function createFirstKey(services: Services, request: Request, response: Response): Promise<void> {
  const { store, sessions } = services;
  const { session, firm, isAdministrator } = currentUser(response);
  if (!session.firstKey || !isAdministrator) return;
  await sessions.dropFirstKey(response, session);
  if ((await store.apiKeys.listByFirm(firm.id)).length > 0) return;
  try {
    await createRevealedKey(services, response, auditContext(request, response), FIRST_KEY_NAME);
  } catch (error) {
    // Another request of this browser has created it.
    if (!(error instanceof KeyNameTakenError)) throw error;
  }
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

/** Who needs a transfer rule, as the user sees it; null if Clio doesn't say in time. */
async function readRuleOwners(
  { coverage }: Services,
  connection: Connection,
): Promise<ReadonlySet<number> | null> {
  try {
    await coverage.of(connection, COVERAGE_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
  return coverage.lastRuleOwners(connection);
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
