import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { EMPTY_SESSION } from "../../../http/session.ts";

/** `POST /setup/sign-out`: signs this browser out. The user stays connected. */
export function signOut({ sessions, views }: Services): RequestHandler {
  return async (_, response) => {
    await sessions.write(response, EMPTY_SESSION);
    response.send(views.signedOut());
  };
}
