import type { RequestHandler } from "express";
import { disconnectUser } from "../../connections/disconnect-user.ts";
import { budgetOf } from "../../http/deadline.ts";
import { visitorOn } from "../../http/signed-in.ts";
import type { Services } from "../../services.ts";

/** `POST /setup/disconnect`: takes whoever is signed in out of the service and the service out of their Clio. */
export function disconnect({ store, userClio, sessions, views }: Services): RequestHandler {
  return async (_, response) => {
    const { connection, firm } = visitorOn(response);
    await disconnectUser({ connections: store.connections, userClio }, connection, budgetOf(response));
    await sessions.write(response, { signedIn: null, clicks: [] });
    const left = await store.connections.answering(firm.id);
    response.send(views.disconnected({ firmName: firm.name, stillAnswered: left !== null }));
  };
}
