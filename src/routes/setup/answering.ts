import type { RequestHandler } from "express";
import { z } from "zod";
import { readForm } from "../../http/form.ts";
import { visitorOn } from "../../http/signed-in.ts";
import type { Services } from "../../services.ts";

const Chosen = z.object({ user_id: z.coerce.number({ error: "which user?" }).int() });

/** `POST /setup/answering`: chooses the connected user through whose eyes callers are looked up. */
export function chooseAnswering({ store, keeper }: Services): RequestHandler {
  return async (request, response) => {
    const { user_id } = readForm(Chosen, request);
    const { firm } = visitorOn(response);
    await store.connections.prefer(firm.id, user_id);
    keeper.look(firm.id);
    response.redirect(303, "/setup#connections");
  };
}
