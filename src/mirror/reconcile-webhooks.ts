import type { ClioAccess } from "../clio/paging.ts";
import {
  type ClioWebhook,
  clioWebhooks,
  createWebhook,
  deleteWebhook,
  extendWebhook,
  MAX_LIFETIME_MS,
} from "../clio/resources/webhooks.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Webhook, WebhookModel, Webhooks } from "../store/repositories/webhooks.ts";

/** The kinds of record whose changes Clio is to tell. */
export const WEBHOOK_MODELS: readonly WebhookModel[] = ["contact", "matter"];

/** What is noted as the trouble of webhooks (`Mirror.hooksTrouble`) while Clio has not shaken hands. */
export const WAITING_FOR_HANDSHAKE = "waiting_for_handshake";

/** A webhook with less than this left is given more time (milliseconds). */
const RENEWAL_MARGIN_MS = 10 * 24 * 60 * 60_000;

interface WebhookParts {
  readonly webhooks: Webhooks;
  readonly clio: ClioAccess;
  /** The service's own address; Clio takes https alone (clio-facts, Webhooks). */
  readonly publicUrl: string;
  readonly now: () => number;
}

/** Whether Clio would take webhooks to this address. */
export function acceptsWebhooks(publicUrl: string): boolean {
  return publicUrl.startsWith("https://");
}

/**
 * Sees to it that the connected user has one webhook for each kind of record, that leads here, is delivered, and lives for
 * long enough; and no other of ours. What is as it should be is left alone.
 *
 * @returns whether every one of them is in place; one may still wait for Clio's handshake
 */
export async function reconcileWebhooks(
  { webhooks, clio, publicUrl, now }: WebhookParts,
  { firmId, userId }: Connection,
  context: RequestContext,
): Promise<"in place" | "waiting"> {
  const ours = (await webhooks.ofFirm(firmId)).filter((webhook) => webhook.userId === userId);
  if (ours.length === 0 && !acceptsWebhooks(publicUrl)) return "in place";
  const inClio = new Map((await clioWebhooks(clio, context)).map((webhook) => [webhook.id, webhook]));
  const wanted = acceptsWebhooks(publicUrl) ? WEBHOOK_MODELS : [];
  const urlOf = (id: string) => `${publicUrl}/webhooks/clio/${id}`;
  const good = new Map<WebhookModel, Webhook>();

  for (const webhook of ours) {
    const there = webhook.clioId === null ? undefined : inClio.get(webhook.clioId);
    if (
      wanted.includes(webhook.model) &&
      !good.has(webhook.model) &&
      delivers(webhook, there, urlOf(webhook.id))
    )
      good.set(webhook.model, await extended(webhook));
    else await remove(webhook);
  }
  // Those of a database that was lost: nobody here could verify what they deliver.
  const known = new Set(ours.map(({ clioId }) => clioId));
  for (const { id, url } of inClio.values())
    if (!known.has(id) && url?.startsWith(urlOf(""))) await deleteWebhook(clio, id, context);

  let waiting = false;
  for (const model of wanted) {
    if (good.has(model)) continue;
    const expiresAt = now() + MAX_LIFETIME_MS;
    const webhook = await webhooks.add({ firmId, userId, model, expiresAt }, urlOf);
    const created = await createWebhook(clio, { model, url: webhook.url, expiresAt }, context);
    await webhooks.recordCreated(firmId, webhook.id, created.id, created.expiresAt || expiresAt);
    waiting = true;
  }
  return waiting ? "waiting" : "in place";

  async function extended(webhook: Webhook): Promise<Webhook> {
    const { id, clioId } = webhook;
    if (clioId === null || webhook.expiresAt - now() > RENEWAL_MARGIN_MS) return webhook;
    const expiresAt = now() + MAX_LIFETIME_MS;
    await extendWebhook(clio, clioId, expiresAt, context);
    await webhooks.recordCreated(firmId, id, clioId, expiresAt);
    return { ...webhook, expiresAt };
  }

  async function remove({ id, clioId }: Webhook): Promise<void> {
    if (clioId !== null && inClio.has(clioId)) await deleteWebhook(clio, clioId, context);
    await webhooks.remove(firmId, id);
  }
}

/** Whether Clio delivers it here, and what it delivers can be verified. */
function delivers(webhook: Webhook, there: ClioWebhook | undefined, url: string): boolean {
  return webhook.secret !== null && webhook.url === url && there?.enabled === true && there.url === url;
}
