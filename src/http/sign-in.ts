import type { Request, Response } from "express";
import type { OAuthStates, ReturnTarget } from "../connections/oauth-state.ts";
import { ForbiddenError, UnauthorizedError } from "../errors.ts";

/** The 401 for data. A program couldn't follow a redirect to Clio; the page in a browser links to it. */
export async function signedOut(oauthStates: OAuthStates, { path }: Request): Promise<UnauthorizedError> {
  const href = await connectLink(oauthStates, { to: path, userId: null });
  return new UnauthorizedError("Sign in to get this data.", {
    title: "You're signed out",
    next: { href, label: "Sign in" },
  });
}

/**
 * Redirects to `/connect`, and from there back to `response.locals.returnTarget` or the requested path. After a form it shows a
 * page with a link instead: the form's content is lost, and the Content-Security-Policy keeps a form from being redirected
 * to another host.
 */
export async function redirectToSignIn(
  oauthStates: OAuthStates,
  request: Request,
  response: Response,
): Promise<void> {
  const isForm = request.method === "POST";
  const requested = { to: isForm ? "/setup" : request.path, userId: null };
  const link = await connectLink(oauthStates, response.locals.returnTarget ?? requested);
  if (!isForm) return response.redirect(302, link);
  throw new ForbiddenError("Nothing was changed. Sign in to Clio, then try again.", {
    title: "You're signed out",
    next: { href: link, label: "Sign in" },
  });
}

/** The address of `/connect` with a way back. */
export async function connectLink(oauthStates: OAuthStates, returnTarget: ReturnTarget): Promise<string> {
  return `/connect?back=${await oauthStates.sealReturnTarget(returnTarget)}`;
}
