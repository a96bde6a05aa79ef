import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { currentUser } from "../../../http/require-session.ts";
import { revealSession } from "./revealed-keys.ts";

/** `POST /setup/sign-out`: ends this browser's session. The user stays connected. */
export function signOut({ store, sessions, verifiedClicks, knownUsers, views }: Services): RequestHandler {
  return async (_, response) => {
    await store.keyReveals.removeBySession(revealSession(response));
    await sessions.end(response, currentUser(response).session);
    verifiedClicks.clear(response);
    knownUsers.clear(response);
    response.send(views.signedOut({ isEverywhere: false }));
  };
}

/** `POST /setup/sign-out-everywhere`: ends all sessions of the user. The user stays connected. */
export function signOutEverywhere(services: Services): RequestHandler {
  const { store, sessions, verifiedClicks, knownUsers, views, recordAudit } = services;
  return async (request, response) => {
    const { session } = currentUser(response);
    await store.connections.endSessions(session.firmId, session.userId);
    await store.keyReveals.removeByUser(session.firmId, session.userId);
    await recordAudit({ ...auditContext(request, response), kind: "signed_out_everywhere" });
    await sessions.end(response, session);
    verifiedClicks.clear(response);
    knownUsers.clear(response);
    response.send(views.signedOut({ isEverywhere: true }));
  };
}
