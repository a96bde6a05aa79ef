import type { RequestHandler, Response } from "express";
import type { OAuthStates } from "../connections/oauth-state.ts";
import { UnauthorizedError } from "../errors.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";
import type { Store } from "../store/store.ts";
import type { Session, Sessions, SignedIn } from "./session.ts";
import { redirectToSignIn, SIGN_IN_FIRST } from "./sign-in.ts";

/** The signed-in user: a connected user of an admitted firm. */
export interface CurrentUser {
  readonly firm: Firm;
  readonly connection: Connection;
  readonly signedIn: SignedIn;
  readonly session: Session;
}

interface RequireSessionParts {
  store: Store;
  sessions: Sessions;
  oauthStates: OAuthStates;
}

/**
 * Admits signed-in users, and sets `currentUser`. A page sends everyone else to `/connect` and back; an address for
 * programs answers 401. A session ends with its connection.
 */
export function requireSession({ store, sessions, oauthStates }: RequireSessionParts): RequestHandler {
  return async (request, response, next) => {
    const user = await findUser(store, await sessions.read(request));
    if (user) {
      response.locals.currentUser = user;
      response.locals.firmId = user.firm.id;
      return next();
    }
    if (!response.locals.isPage) throw new UnauthorizedError(SIGN_IN_FIRST);
    await redirectToSignIn(oauthStates, request, response);
  };
}

/** The signed-in user. Throws a `TypeError` if `app.ts` doesn't put `requireSession` before the route. */
export function currentUser(response: Response): CurrentUser {
  const { currentUser } = response.locals;
  if (!currentUser) throw new TypeError("the route runs without requireSession");
  return currentUser;
}

async function findUser(store: Store, session: Session): Promise<CurrentUser | null> {
  const { signedIn } = session;
  if (!signedIn) return null;
  const firm = await store.firms.find(signedIn.firmId);
  const connection = await store.connections.find(signedIn.firmId, signedIn.userId);
  return firm && connection?.state === "connected" ? { firm, connection, signedIn, session } : null;
}
