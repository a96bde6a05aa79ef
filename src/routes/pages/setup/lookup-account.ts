import type { RequestHandler } from "express";
import { z } from "zod";
import type { Services } from "../../../container.ts";
import { parseForm } from "../../../http/parse-form.ts";
import { currentVisitor } from "../../../http/require-session.ts";

const Chosen = z.object({ user_id: z.coerce.number({ error: "which user?" }).int() });

/** `POST /setup/answering`: chooses the connected user through whose eyes callers are looked up. */
export function chooseLookupAccount({ store, mirrorScheduler }: Services): RequestHandler {
  return async (request, response) => {
    const { user_id } = parseForm(Chosen, request);
    const { firm } = currentVisitor(response);
    await store.connections.setLookupAccount(firm.id, user_id);
    mirrorScheduler.schedule(firm.id);
    response.redirect(303, "/setup#connections");
  };
}
