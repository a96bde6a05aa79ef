import type { ClioAccess } from "../clio/paging.ts";
import { deleteWebhook } from "../clio/resources/webhooks.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Webhooks } from "../store/repositories/webhooks.ts";

/** Deletes a user's webhooks in Clio and in the database. Throws as `ClioAccess.request` does. */
export async function removeWebhooks(
  { webhooks, clio }: { webhooks: Webhooks; clio: ClioAccess },
  { firmId, userId }: Connection,
  context: RequestContext,
): Promise<void> {
  for (const webhook of await webhooks.listByFirm(firmId)) {
    if (webhook.userId !== userId) continue;
    if (webhook.clioId !== null) await deleteWebhook(clio, webhook.clioId, context);
    await webhooks.remove(firmId, webhook.id);
  }
}
