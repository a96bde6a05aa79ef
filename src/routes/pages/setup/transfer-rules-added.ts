import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";

/** `POST /setup/transfer-rules-added`: records that the transfer rules are in Upfirst, which no one can check from here. */
export function recordTransferRulesAdded({ store, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const context = auditContext(request, response);
    await store.firms.recordTransferRulesAdded(context.firmId);
    await recordAudit({ ...context, kind: "transfer_rules_added" });
    response.redirect(303, "/setup");
  };
}
