import type { RequestHandler, Response } from "express";
import { ourCustomActions, wantedActions } from "../../../clio/resources/custom-actions.ts";
import { SUBJECT_TYPES } from "../../../clio/subject-types.ts";
import type { Services } from "../../../container.ts";
import { ServiceError } from "../../../errors.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentVisitor, type Visitor } from "../../../http/require-session.ts";
import { startContext } from "../../../runtime/request-context.ts";
import type { CustomActionsState, MirrorStatus, TriedCaller } from "../../../views/setup-page.ts";
import { mirrorStatus } from "./mirror.ts";

const FIRST_KEY_NAME = "Upfirst";

/** The state of everything else has not to wait for a Clio that is slow. Milliseconds. */
const PATIENCE_WITH_CLIO = 3_000;

/** How soon, and how late, the page looks again while Clio is being read. Seconds. */
const SOONEST_LOOK = 5;
const LATEST_LOOK = 30;

/** What this one answer shows beside the state of things. */
interface Shown {
  /** A key that was made a moment ago, in the clear: here and never again. */
  newKey?: { name: string; key: string } | null;
  tried?: TriedCaller | null;
}

/** `GET /setup`: the firm, who is connected, the custom actions, the keys, and what to paste into Upfirst. */
export function setupPage(services: Services): RequestHandler {
  return async (_, response) => {
    await showSetup(services, response, { newKey: await firstKey(services, response) });
  };
}

/** Answers with the set-up page of the firm of whoever is signed in. */
export async function showSetup(services: Services, response: Response, shown: Shown): Promise<void> {
  const { store, settings, views } = services;
  const visitor = currentVisitor(response);
  const { firm } = visitor;
  const [connections, answering, keys, directory, customActions] = await Promise.all([
    store.connections.ofFirm(firm.id),
    store.connections.lookupAccount(firm.id),
    store.apiKeys.ofFirm(firm.id),
    mirrorStatus(services, firm.id),
    customActionsOf(services, visitor, response),
  ]);
  response.send(
    views.setup({
      publicUrl: settings.publicUrl,
      csrf: visitor.signedIn.csrf,
      firm,
      me: visitor.connection,
      connections,
      answeringUserId: answering?.userId ?? null,
      directory,
      // What is shown only once would be gone.
      lookAgainIn: shown.newKey || shown.tried ? null : lookAgainIn(directory),
      customActions,
      keys,
      newKey: shown.newKey ?? null,
      tried: shown.tried ?? null,
    }),
  );
}

/** The firm was admitted a moment ago: whoever did it gets its first key, this once. */
async function firstKey({ store, sessions }: Services, response: Response): Promise<Shown["newKey"]> {
  const { session, signedIn, firm } = currentVisitor(response);
  if (!signedIn.firstKey) return null;
  await sessions.write(response, { ...session, signedIn: { ...signedIn, firstKey: false } });
  if ((await store.apiKeys.ofFirm(firm.id)).length > 0) return null;
  const { key } = await store.apiKeys.create(firm.id, FIRST_KEY_NAME);
  return { name: FIRST_KEY_NAME, key };
}

/** While everything is read: the sooner the end, the sooner the page looks again, for each look asks Clio something too. */
function lookAgainIn({ state }: MirrorStatus): number | null {
  if (!("reading" in state) || state.reading === null) return null;
  const { secondsLeft } = state.reading;
  if (state.lastErrorCode !== null) return LATEST_LOOK;
  return Math.min(LATEST_LOOK, Math.max(SOONEST_LOOK, Math.ceil((secondsLeft ?? 0) / 10)));
}

/** Which actions are in place in the visitor's own Clio; when Clio does not say, why not. */
async function customActionsOf(
  { settings, userClio }: Services,
  { connection }: Visitor,
  response: Response,
): Promise<CustomActionsState> {
  const whole = contextOf(response);
  const share = startContext(Math.min(PATIENCE_WITH_CLIO, whole.remaining()), { until: whole.signal });
  try {
    const actions = await ourCustomActions(userClio(connection), share);
    const wanted = wantedActions(settings);
    return {
      records: SUBJECT_TYPES.filter(
        (kind) => wanted.records.includes(kind) || actions.some(({ records }) => records === kind),
      ).map((kind) => ({
        kind,
        wanted: wanted.records.includes(kind),
        inPlace: actions.some((action) => action.records === kind && action.targetUrl === wanted.targetUrl),
      })),
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { records: [], problem: error.detail };
  } finally {
    whole.clioRequests += share.clioRequests;
    share.close();
  }
}
