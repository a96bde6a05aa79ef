import type { ClioAccess } from "../clio/paging.ts";
import {
  type ClioWebhook,
  createWebhook,
  deleteWebhook,
  extendWebhook,
  listWebhooks,
  WEBHOOK_LIFETIME_MS,
} from "../clio/resources/webhooks.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Webhook, WebhookModel, Webhooks } from "../store/repositories/webhooks.ts";

/** The kinds of record that webhooks are created for. */
export const WEBHOOK_MODELS: readonly WebhookModel[] = ["contact", "matter"];

/** The value of `Mirror.webhooksErrorCode` until Clio has completed the handshake. */
export const WAITING_FOR_HANDSHAKE = "waiting_for_handshake";

/** Webhooks that expire sooner than this are extended. */
const EXTENSION_MARGIN_MS = 10 * 24 * 60 * 60_000;

interface WebhookParts {
  readonly webhooks: Webhooks;
  readonly clio: ClioAccess;
  /** The address of this service that webhooks deliver to. */
  readonly baseUrl: string;
  readonly now: () => number;
}

/** Clio delivers webhooks to HTTPS only (docs/explanation/how-clio-behaves.md, "Creating webhooks"). */
export function acceptsWebhooks(publicUrl: string): boolean {
  return publicUrl.startsWith("https://");
}

/**
 * Ensures that the connected user has exactly one working webhook for each kind of record, delivering to this service.
 * Extends it if it expires soon, and deletes other webhooks of this service.
 *
 * @returns `waiting` if a webhook was created, and so waits for Clio's handshake
 * Throws as `ClioAccess.request` does.
 */
export async function reconcileWebhooks(
  { webhooks, clio, baseUrl, now }: WebhookParts,
  { firmId, userId }: Connection,
  context: RequestContext,
): Promise<"in place" | "waiting"> {
  const stored = (await webhooks.listByFirm(firmId)).filter((webhook) => webhook.userId === userId);
  if (stored.length === 0 && !acceptsWebhooks(baseUrl)) return "in place";
  const inClio = new Map((await listWebhooks(clio, context)).map((webhook) => [webhook.id, webhook]));
  const requiredModels = acceptsWebhooks(baseUrl) ? WEBHOOK_MODELS : [];
  const urlOf = (id: string) => `${baseUrl}/webhooks/clio/${id}`;
  const workingModels = new Set<WebhookModel>();

  for (const webhook of stored) {
    const { model, clioId } = webhook;
    const clioWebhook = clioId === null ? undefined : inClio.get(clioId);
    const isNeeded = requiredModels.includes(model) && !workingModels.has(model);
    if (isNeeded && isWorking(webhook, clioWebhook, urlOf(webhook.id))) {
      await extendIfNeeded(webhook);
      workingModels.add(model);
    } else await remove(webhook);
  }
  // Left over from a lost database: without their secret, their deliveries can't be verified.
  const knownIds = new Set(stored.map(({ clioId }) => clioId));
  for (const { id, url } of inClio.values())
    if (!knownIds.has(id) && url?.startsWith(urlOf(""))) await deleteWebhook(clio, id, context);

  let isWaiting = false;
  for (const model of requiredModels) {
    if (workingModels.has(model)) continue;
    const expiresAt = now() + WEBHOOK_LIFETIME_MS;
    const webhook = await webhooks.add({ firmId, userId, model, expiresAt }, urlOf);
    const created = await createWebhook(clio, { model, url: webhook.url, expiresAt }, context);
    await webhooks.recordCreated(firmId, webhook.id, created.id, created.expiresAt || expiresAt);
    isWaiting = true;
  }
  return isWaiting ? "waiting" : "in place";

  async function extendIfNeeded({ id, clioId, expiresAt: expiry }: Webhook): Promise<void> {
    if (clioId === null || expiry - now() > EXTENSION_MARGIN_MS) return;
    const expiresAt = now() + WEBHOOK_LIFETIME_MS;
    await extendWebhook(clio, clioId, expiresAt, context);
    await webhooks.recordCreated(firmId, id, clioId, expiresAt);
  }

  async function remove({ id, clioId }: Webhook): Promise<void> {
    if (clioId !== null && inClio.has(clioId)) await deleteWebhook(clio, clioId, context);
    await webhooks.remove(firmId, id);
  }
}

/** Whether Clio delivers to this URL, and the deliveries can be verified. */
function isWorking(webhook: Webhook, clioWebhook: ClioWebhook | undefined, url: string): boolean {
  return (
    webhook.secret !== null && webhook.url === url && clioWebhook?.enabled === true && clioWebhook.url === url
  );
}
