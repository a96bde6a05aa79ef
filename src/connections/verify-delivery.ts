import { hasValidSignature } from "../clio/resources/webhooks.ts";
import type { Webhook, Webhooks } from "../store/repositories/webhooks.ts";

/**
 * The webhook that Clio used for a delivery.
 * @param body the bytes as they arrived: Clio signs those
 * @param signature the header `X-Hook-Signature`
 * @returns null for an unknown webhook, one without a confirmed handshake, or a wrong signature
 */
export async function verifyDelivery(
  webhooks: Pick<Webhooks, "find">,
  webhookId: string,
  body: Uint8Array,
  signature: string,
): Promise<Webhook | null> {
  const webhook = await webhooks.find(webhookId);
  return webhook?.secret && hasValidSignature(webhook.secret, body, signature) ? webhook : null;
}
