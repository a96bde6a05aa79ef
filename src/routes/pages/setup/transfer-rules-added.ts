import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { type AuditContext, auditContext } from "../../../http/audit-context.ts";

/** `POST /setup/transfer-rules-added`: records that the transfer rules are in Upfirst, which no one can check from here. */
export function transferRulesAdded(services: Services): RequestHandler {
  return async (request, response) => {
    await recordTransferRulesAdded(services, auditContext(request, response));
    response.redirect(303, "/setup");
  };
}

/** Has no effect if it was recorded before: a later time would make calls that were received count as tests. */
export async function recordTransferRulesAdded(
  { store, recordAudit }: Pick<Services, "store" | "recordAudit">,
  context: AuditContext,
): Promise<void> {
  if (await store.firms.recordTransferRulesAdded(context.firmId))
    await recordAudit({ ...context, kind: "transfer_rules_added" });
}
