import type { ErrorRequestHandler } from "express";
import { GrantRevokedError } from "../clio/oauth.ts";
import type { OAuthStates } from "../connections/oauth-state.ts";
import { UnauthorizedError } from "../errors.ts";
import { sendToSignIn } from "./require-session.ts";

/** Whoever took the access back in Clio, and opens a page that needs it, is sent to connect once more. */
export function reconnect(oauthStates: OAuthStates): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (!(error instanceof GrantRevokedError) || response.headersSent) return next(error);
    if (!response.locals.isPage) return next(new UnauthorizedError("Sign in at /connect first."));
    await sendToSignIn(oauthStates, request, response);
  };
}
