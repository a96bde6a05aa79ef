import type { RequestHandler } from "express";
import { installCustomActions, wantedActions } from "../../../clio/resources/custom-actions.ts";
import type { Services } from "../../../container.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentVisitor } from "../../../http/require-session.ts";

/** `POST /setup/custom-actions`: puts the custom actions in place, or mends them, for whoever is signed in. */
export function reinstallCustomActions({ settings, userClio }: Services): RequestHandler {
  return async (_, response) => {
    const { connection } = currentVisitor(response);
    await installCustomActions(userClio(connection), wantedActions(settings), contextOf(response));
    response.redirect(303, "/setup#custom-actions");
  };
}
