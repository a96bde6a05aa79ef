import type { RequestHandler } from "express";
import { visitorOn } from "../../http/signed-in.ts";
import type { Services } from "../../services.ts";

/** `POST /setup/read-again`: everything of the firm is read from Clio once more, while callers go on being answered. */
export function readAgain({ store, keeper }: Services): RequestHandler {
  return async (_, response) => {
    const { firm } = visitorOn(response);
    await store.mirrors.wantPass(firm.id);
    keeper.look(firm.id);
    response.redirect(303, "/setup#directory");
  };
}
