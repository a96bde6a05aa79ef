import type { ErrorRequestHandler } from "express";
import { GrantRevokedError } from "../clio/oauth.ts";
import type { OAuthStates } from "../connections/oauth-state.ts";
import { UnauthorizedError } from "../errors.ts";
import { redirectToSignIn, SIGN_IN_FIRST } from "./sign-in.ts";

/** Sends users who have ended the service's access in Clio to `/connect`. */
export function reconnect(oauthStates: OAuthStates): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (!(error instanceof GrantRevokedError) || response.headersSent) return next(error);
    if (!response.locals.isPage) return next(new UnauthorizedError(SIGN_IN_FIRST));
    await redirectToSignIn(oauthStates, request, response);
  };
}
