import { randomBytes } from "node:crypto";
import { formatClioTime } from "../../firms/clio-time.ts";
import {
  parseWebhookValues,
  type Webhook,
  type WebhookEvent,
  type WebhookInput,
  type WebhookModel,
} from "./webhook.ts";

/** The app's webhooks. Each belongs to the user whose token created it. */
export class WebhookRegistry {
  readonly #now: () => number;
  readonly #all = new Map<number, Webhook>();
  #lastId = 90_000;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A user's webhooks, oldest first. */
  of(userId: number): Webhook[] {
    return [...this.#all.values()].filter((webhook) => webhook.user_id === userId);
  }

  /** Undefined if it is not this user's. */
  get(userId: number, id: number): Webhook | undefined {
    const webhook = this.#all.get(id);
    return webhook?.user_id === userId ? webhook : undefined;
  }

  /** Adds a pending webhook. Throws a 422 `ClioError` for an invalid value. */
  create(userId: number, input: WebhookInput): Webhook {
    const values = parseWebhookValues(input, this.#now());
    const time = formatClioTime(this.#now());
    this.#lastId += 1;
    const webhook: Webhook = {
      ...values,
      id: this.#lastId,
      user_id: userId,
      status: "pending",
      shared_secret: generateSecret(),
      created_at: time,
      updated_at: time,
    };
    this.#all.set(webhook.id, webhook);
    return webhook;
  }

  /**
   * Changes the values in `input`. With a new URL, the webhook becomes pending and gets a new secret.
   * @returns whether the URL is new, so that another handshake is due
   * @throws as `create` does
   */
  change(webhook: Webhook, input: WebhookInput): boolean {
    const { url, fields, model, events, expires_at } = webhook;
    const values = parseWebhookValues({ url, fields, model, events, ...input }, this.#now());
    if (input.expires_at === undefined) values.expires_at = expires_at;
    const hasNewUrl = values.url !== url;
    const reset = hasNewUrl ? ({ status: "pending", shared_secret: generateSecret() } as const) : {};
    Object.assign(webhook, values, reset, { updated_at: formatClioTime(this.#now()) });
    return hasNewUrl;
  }

  /** Enables the webhook if the secret is its current one. Returns whether it is. */
  enable(webhook: Webhook, secret: string | null | undefined): boolean {
    if (webhook.shared_secret !== secret) return false;
    this.#setStatus(webhook, "enabled");
    return true;
  }

  suspend(webhook: Webhook): void {
    this.#setStatus(webhook, "suspended");
  }

  delete(webhook: Webhook): void {
    this.#all.delete(webhook.id);
  }

  /** Whether the webhook still exists and is enabled. */
  isEnabled(webhook: Webhook): boolean {
    return this.#all.get(webhook.id) === webhook && webhook.status === "enabled";
  }

  /** The enabled, unexpired webhooks that subscribe to this event. */
  subscribersOf(model: WebhookModel, event: WebhookEvent): Webhook[] {
    const now = this.#now();
    return [...this.#all.values()].filter(
      (webhook) =>
        webhook.model === model &&
        webhook.events.includes(event) &&
        webhook.status === "enabled" &&
        Date.parse(webhook.expires_at) > now,
    );
  }

  #setStatus(webhook: Webhook, status: Webhook["status"]): void {
    webhook.status = status;
    webhook.updated_at = formatClioTime(this.#now());
  }
}

function generateSecret(): string {
  return randomBytes(32).toString("hex");
}
