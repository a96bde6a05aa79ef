import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";

/** `POST /setup/sign-out`: this browser forgets who was signed in; the connection stays. */
export function signOut({ sessions, views }: Services): RequestHandler {
  return async (_, response) => {
    await sessions.write(response, { signedIn: null, clicks: [] });
    response.send(views.signedOut());
  };
}
