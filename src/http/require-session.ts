import type { Request, RequestHandler, Response } from "express";
import type { OAuthStates } from "../connections/oauth-state.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";
import type { Store } from "../store/store.ts";
import type { Session, Sessions } from "./session.ts";
import { redirectToSignIn, signedOut } from "./sign-in.ts";

/** The signed-in user: a connected user of an admitted firm. */
export interface CurrentUser {
  readonly firm: Firm;
  readonly connection: Connection;
  readonly isAdministrator: boolean;
  readonly session: Session;
}

interface RequireSessionParts {
  store: Store;
  sessions: Sessions;
  oauthStates: OAuthStates;
}

/**
 * Admits signed-in users, and sets `currentUser`. A page sends everyone else to `/connect` and back; an address with data
 * answers 401.
 * @param options `countsAsUse` is false for requests that a page makes by itself: they don't keep a session alive
 */
export function requireSession(
  parts: RequireSessionParts,
  { countsAsUse = true }: { countsAsUse?: boolean } = {},
): RequestHandler {
  return async (request, response, next) => {
    const user = await findCurrentUser(parts, request);
    if (user) {
      response.locals.currentUser = user;
      response.locals.firmId = user.firm.id;
      if (countsAsUse) await parts.sessions.renew(response, user.session);
      return next();
    }
    if (!response.locals.isPage) throw await signedOut(parts.oauthStates, request);
    await redirectToSignIn(parts.oauthStates, request, response);
  };
}

/**
 * The user who is signed in to the request's browser; null if there is none. A session ends with its connection, and
 * doesn't begin again when the user connects again.
 */
export async function findCurrentUser(
  { store, sessions }: Pick<RequireSessionParts, "store" | "sessions">,
  request: Request,
): Promise<CurrentUser | null> {
  const session = await sessions.read(request);
  if (!session) return null;
  const { firmId, userId, epoch } = session;
  const [firm, connection, role] = await Promise.all([
    store.firms.find(firmId),
    store.connections.find(firmId, userId),
    store.administrators.roleOf(firmId, userId),
  ]);
  if (!firm || connection?.state !== "connected" || connection.sessionEpoch !== epoch) return null;
  return { firm, connection, isAdministrator: role !== null, session };
}

/** The signed-in user. Throws a `TypeError` if `app.ts` doesn't put `requireSession` before the route. */
export function currentUser(response: Response): CurrentUser {
  const { currentUser } = response.locals;
  if (!currentUser) throw new TypeError("the route runs without requireSession");
  return currentUser;
}
