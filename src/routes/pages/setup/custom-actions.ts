import type { RequestHandler } from "express";
import { ensureCustomActions } from "../../../connections/custom-actions.ts";
import type { Services } from "../../../container.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";

/** `POST /setup/custom-actions`: installs or repairs the signed-in user's menu entries in Clio. */
export function reinstallCustomActions(services: Services): RequestHandler {
  return async (_, response) => {
    await ensureCustomActions(services, currentUser(response).connection, contextOf(response));
    response.redirect(303, "/setup#custom-actions");
  };
}
