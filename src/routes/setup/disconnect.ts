import type { RequestHandler } from "express";
import { disconnectUser } from "../../connections/disconnect-user.ts";
import { budgetOf } from "../../http/deadline.ts";
import { visitorOn } from "../../http/signed-in.ts";
import type { Services } from "../../services.ts";

/** `POST /setup/disconnect`: takes whoever is signed in out of the service and the service out of their Clio. */
export function disconnect({ store, userClio, keeper, sessions, views }: Services): RequestHandler {
  return async (_, response) => {
    const { connection, firm } = visitorOn(response);
    const { connections, webhooks } = store;
    await disconnectUser({ connections, webhooks, userClio }, connection, budgetOf(response));
    keeper.look(firm.id);
    await sessions.write(response, { signedIn: null, clicks: [] });
    const left = await store.connections.answering(firm.id);
    response.send(views.disconnected({ firmName: firm.name, stillAnswered: left !== null }));
  };
}
