import type { RequestHandler } from "express";
import { disconnectUser } from "../../../connections/disconnect-user.ts";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";

/** `POST /setup/disconnect`: removes everything of this service from the user's Clio, and the user from this service. */
export function disconnect(services: Services): RequestHandler {
  const { store, userClio, mirrorScheduler, sessions, verifiedClicks, knownUsers, views, recordAudit } =
    services;
  return async (request, response) => {
    const { connection, firm, session } = currentUser(response);
    const { connections, webhooks, erasure } = store;
    await disconnectUser({ connections, webhooks, userClio }, connection, contextOf(response));
    await recordAudit({ ...auditContext(request, response), kind: "disconnected" });
    mirrorScheduler.schedule(firm.id);
    // The user is disconnected. If the database fails here or is busy, the scheduler erases the key later.
    await erasure.finish().catch(() => false);
    await sessions.end(response, session);
    verifiedClicks.clear(response);
    knownUsers.clear(response);
    const lookupAccount = await connections.lookupAccount(firm.id);
    response.send(views.disconnected({ firmName: firm.name, hasLookupAccount: lookupAccount !== null }));
  };
}
