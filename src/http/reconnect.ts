import type { ErrorRequestHandler } from "express";
import { GrantRevokedError } from "../clio/oauth.ts";
import type { OAuthStates } from "../connections/oauth-state.ts";
import { redirectToSignIn, signedOut } from "./sign-in.ts";

/** Sends users who have ended the service's access in Clio to `/connect`. */
export function reconnect(oauthStates: OAuthStates): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (!(error instanceof GrantRevokedError) || response.headersSent) return next(error);
    if (!response.locals.isPage) return next(await signedOut(oauthStates, request));
    await redirectToSignIn(oauthStates, request, response);
  };
}
