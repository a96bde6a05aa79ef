import type { RequestHandler } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { currentUser } from "../../../http/require-session.ts";
import { parseForm } from "../../parse-input.ts";

const NOT_A_USER = "must be the ID of a connected user.";

const LookupAccountForm = z.object({
  user_id: z.coerce.number({ error: NOT_A_USER }).int({ error: NOT_A_USER }),
});

/** `POST /setup/answering`: chooses the user whose Clio access is used to look up callers. */
export function chooseLookupAccount({ store, mirrorScheduler }: Services): RequestHandler {
  return async (request, response) => {
    const { user_id } = parseForm(LookupAccountForm, request);
    const { firm } = currentUser(response);
    await store.connections.setLookupAccount(firm.id, user_id);
    mirrorScheduler.schedule(firm.id);
    response.redirect(303, "/setup#connections");
  };
}
