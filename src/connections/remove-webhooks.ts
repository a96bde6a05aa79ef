import type { Budget } from "../budget.ts";
import type { ClioAccess } from "../clio/pages.ts";
import { deleteWebhook } from "../clio/webhooks.ts";
import type { Connection } from "../store/connections.ts";
import type { Webhooks } from "../store/webhooks.ts";

/** Takes a user's webhooks away, here and in Clio. Throws as `ClioAccess.ask` does. */
export async function removeWebhooks(
  { webhooks, clio }: { webhooks: Webhooks; clio: ClioAccess },
  { firmId, userId }: Connection,
  budget: Budget,
): Promise<void> {
  for (const webhook of await webhooks.ofFirm(firmId)) {
    if (webhook.userId !== userId) continue;
    if (webhook.clioId !== null) await deleteWebhook(clio, webhook.clioId, budget);
    await webhooks.remove(firmId, webhook.id);
  }
}
