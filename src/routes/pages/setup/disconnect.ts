import type { RequestHandler } from "express";
import { disconnectUser } from "../../../connections/disconnect-user.ts";
import type { Services } from "../../../container.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentVisitor } from "../../../http/require-session.ts";

/** `POST /setup/disconnect`: takes whoever is signed in out of the service and the service out of their Clio. */
export function disconnect({ store, userClio, mirrorScheduler, sessions, views }: Services): RequestHandler {
  return async (_, response) => {
    const { connection, firm } = currentVisitor(response);
    const { connections, webhooks } = store;
    await disconnectUser({ connections, webhooks, userClio }, connection, contextOf(response));
    mirrorScheduler.schedule(firm.id);
    await sessions.write(response, { signedIn: null, clicks: [] });
    const left = await store.connections.lookupAccount(firm.id);
    response.send(views.disconnected({ firmName: firm.name, stillAnswered: left !== null }));
  };
}
