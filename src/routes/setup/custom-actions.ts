import type { RequestHandler } from "express";
import { installCustomActions, wantedActions } from "../../clio/custom-actions.ts";
import { budgetOf } from "../../http/deadline.ts";
import { visitorOn } from "../../http/signed-in.ts";
import type { Services } from "../../services.ts";

/** `POST /setup/custom-actions`: puts the custom actions in place, or mends them, for whoever is signed in. */
export function mendCustomActions({ settings, userClio }: Services): RequestHandler {
  return async (_, response) => {
    const { connection } = visitorOn(response);
    await installCustomActions(userClio(connection), wantedActions(settings), budgetOf(response));
    response.redirect(303, "/setup#custom-actions");
  };
}
