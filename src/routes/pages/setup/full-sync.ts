import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { currentUser } from "../../../http/require-session.ts";

/** `POST /setup/read-again`: requests a full sync. Meanwhile, calls are still answered from the mirror. */
export function requestFullSync({ store, mirrorScheduler }: Services): RequestHandler {
  return async (_, response) => {
    const { firm } = currentUser(response);
    await store.mirrors.requestFullSync(firm.id);
    mirrorScheduler.schedule(firm.id);
    response.redirect(303, "/setup#directory");
  };
}
