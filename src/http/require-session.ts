import type { Request, RequestHandler, Response } from "express";
import type { OAuthStates, ReturnTarget } from "../connections/oauth-state.ts";
import { ForbiddenError, UnauthorizedError } from "../errors.ts";
import { equalInConstantTime } from "../security/constant-time.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Firm } from "../store/repositories/firms.ts";
import type { Store } from "../store/store.ts";
import type { Session, Sessions, SignedIn } from "./session.ts";

/** Who is signed in: a connected user of an admitted firm. */
export interface Visitor {
  readonly firm: Firm;
  readonly connection: Connection;
  readonly signedIn: SignedIn;
  readonly session: Session;
}

interface Parts {
  store: Store;
  sessions: Sessions;
  oauthStates: OAuthStates;
}

/**
 * Lets nobody pass who is not signed in: a page sends them to `/connect`, and they come back; for data it is 401.
 * A session ends with its connection.
 */
export function requireSession({ store, sessions, oauthStates }: Parts): RequestHandler {
  return async (request, response, next) => {
    const session = await sessions.read(request);
    const visitor = await visitorOf(store, session);
    if (visitor) {
      response.locals.visitor = visitor;
      response.locals.firmId = visitor.firm.id;
      return next();
    }
    if (!response.locals.isPage) throw new UnauthorizedError("Sign in at /connect first.");
    await sendToSignIn(oauthStates, request, response);
  };
}

/**
 * Sends a visitor to `/connect`, and back to where they were going. After a form it is a page with that link: what was
 * sent is gone, and a browser does not follow a form to another host.
 */
export async function sendToSignIn(
  oauthStates: OAuthStates,
  request: Request,
  response: Response,
): Promise<void> {
  const isForm = request.method === "POST";
  const link = await connectLink(oauthStates, { to: isForm ? "/setup" : request.path, userId: null });
  if (!isForm) return response.redirect(302, link);
  throw new ForbiddenError("Nothing was changed. Sign in with Clio, and do it once more.", {
    title: "You are no longer signed in",
    next: { href: link, label: "Sign in" },
  });
}

/** The address of `/connect` from which a visitor comes back to where they were going. */
export async function connectLink(oauthStates: OAuthStates, returnTarget: ReturnTarget): Promise<string> {
  return `/connect?back=${await oauthStates.sealReturnTarget(returnTarget)}`;
}

/** Who is signed in. Throws where the route does not run behind `signedIn`: a fault in `app.ts`. */
export function currentVisitor(response: Response): Visitor {
  const { visitor } = response.locals;
  if (!visitor) throw new TypeError("the route runs without signedIn");
  return visitor;
}

async function visitorOf(store: Store, session: Session): Promise<Visitor | null> {
  const { signedIn } = session;
  if (!signedIn) return null;
  const firm = await store.firms.find(signedIn.firmId);
  const connection = await store.connections.find(signedIn.firmId, signedIn.userId);
  return firm && connection?.state === "connected" ? { firm, connection, signedIn, session } : null;
}

/** Lets a form pass that came from a page of this very session (contract: changing anything takes a CSRF token). */
export const requireCsrfToken: RequestHandler = (request: Request, response, next) => {
  if (equalInConstantTime(String(request.body?.csrf ?? ""), currentVisitor(response).signedIn.csrf))
    return next();
  throw new ForbiddenError("Nothing was changed. Open the page again and send the form from there.", {
    title: "This form is not from your page",
    next: { href: "/setup", label: "Open the set-up page" },
  });
};
