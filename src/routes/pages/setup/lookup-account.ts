import type { Request, RequestHandler } from "express";
import { visibleRecords } from "../../../connections/visible-records.ts";
import type { Services } from "../../../container.ts";
import { InvalidRequestError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { Connection } from "../../../store/repositories/connections.ts";
import { parseForm } from "../../parse-input.ts";
import { NOT_A_USER, UserForm } from "./user-form.ts";

/**
 * `POST /setup/answering/compare`: shows what a user can't see in Clio, compared with today's lookup account, before that user
 * becomes the lookup account. Changes nothing.
 */
export function compareLookupAccounts(services: Services): RequestHandler {
  const { store, userClio, views } = services;
  return async (request, response) => {
    const { firm, session } = currentUser(response);
    const candidate = await findConnectedUser(services, request, firm.id);
    const current = await store.connections.lookupAccount(firm.id);
    const see = (connection: Connection) => visibleRecords(userClio, connection, contextOf(response));
    const [candidateSees, currentSees] = await Promise.all([see(candidate), current && see(current)]);
    response.send(
      views.compareLookupAccounts({ csrf: session.csrf, candidate, candidateSees, current, currentSees }),
    );
  };
}

/** `POST /setup/answering`: chooses the user whose Clio access is used to look up callers. */
export function chooseLookupAccount(services: Services): RequestHandler {
  const { store, mirrorScheduler, recordAudit } = services;
  return async (request, response) => {
    const context = auditContext(request, response);
    const { firmId } = context;
    const subject = await findConnectedUser(services, request, firmId);
    await store.connections.setLookupAccount(firmId, subject.userId);
    await recordAudit({ ...context, kind: "lookup_account_changed", subject });
    mirrorScheduler.schedule(firmId);
    response.redirect(303, "/setup#connections");
  };
}

/** The user whom the form names. Throws `InvalidRequestError` unless they are connected. */
async function findConnectedUser({ store }: Services, request: Request, firmId: string): Promise<Connection> {
  const { user_id } = parseForm(UserForm, request);
  const connection = await store.connections.find(firmId, user_id);
  if (connection?.state !== "connected") throw new InvalidRequestError(`user_id ${NOT_A_USER}`);
  return connection;
}
