import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { InvalidRequestError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { parseForm } from "../../parse-input.ts";
import { NOT_A_USER, UserForm } from "./user-form.ts";

/** `POST /setup/answering`: chooses the user whose Clio access is used to look up callers. */
export function chooseLookupAccount({ store, mirrorScheduler, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const { user_id } = parseForm(UserForm, request);
    const context = auditContext(request, response);
    const { firmId } = context;
    const subject = await store.connections.find(firmId, user_id);
    if (subject?.state !== "connected") throw new InvalidRequestError(`user_id ${NOT_A_USER}`);
    await store.connections.setLookupAccount(firmId, user_id);
    await recordAudit({ ...context, kind: "lookup_account_changed", subject });
    mirrorScheduler.schedule(firmId);
    response.redirect(303, "/setup#connections");
  };
}
