import type { RequestHandler } from "express";
import type { Services } from "../../../container.ts";
import { auditContext } from "../../../http/audit-context.ts";

/** `POST /setup/read-again`: requests a full sync. Meanwhile, calls are still answered from the mirror. */
export function requestFullSync({ store, mirrorScheduler, recordAudit }: Services): RequestHandler {
  return async (request, response) => {
    const context = auditContext(request, response);
    await store.mirrors.requestFullSync(context.firmId);
    await recordAudit({ ...context, kind: "full_sync_requested" });
    mirrorScheduler.schedule(context.firmId);
    response.redirect(303, "/setup#directory");
  };
}
