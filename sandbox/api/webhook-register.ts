import { randomBytes } from "node:crypto";
import { clioTime } from "../firms/record-times.ts";
import {
  type Webhook,
  type WebhookEvent,
  type WebhookInput,
  type WebhookModel,
  webhookValues,
} from "./webhook.ts";

/** The app's webhooks. Each belongs to the user whose token made it, and to nobody else. */
export class WebhookRegister {
  readonly #now: () => number;
  readonly #all = new Map<number, Webhook>();
  #lastId = 90_000;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** One user's, oldest first. */
  of(userId: number): Webhook[] {
    return [...this.#all.values()].filter((webhook) => webhook.user_id === userId);
  }

  /** Undefined for one that is not this user's. */
  get(userId: number, id: number): Webhook | undefined {
    const webhook = this.#all.get(id);
    return webhook?.user_id === userId ? webhook : undefined;
  }

  /** A pending webhook. Throws a 422 `ClioError` for a bad value. */
  create(userId: number, input: WebhookInput): Webhook {
    const values = webhookValues(input, this.#now());
    const time = clioTime(this.#now());
    this.#lastId += 1;
    const webhook: Webhook = {
      ...values,
      id: this.#lastId,
      user_id: userId,
      status: "pending",
      shared_secret: newSecret(),
      created_at: time,
      updated_at: time,
    };
    this.#all.set(webhook.id, webhook);
    return webhook;
  }

  /**
   * Throws as `create` does; what the input does not name stays. With another URL the webhook is pending again and
   * has another secret: returns whether it is so.
   */
  change(webhook: Webhook, input: WebhookInput): boolean {
    const { url, fields, model, events, expires_at } = webhook;
    const values = webhookValues({ url, fields, model, events, ...input }, this.#now());
    if (input.expires_at === undefined) values.expires_at = expires_at;
    const moved = values.url !== url;
    const again = moved ? ({ status: "pending", shared_secret: newSecret() } as const) : {};
    Object.assign(webhook, values, again, { updated_at: clioTime(this.#now()) });
    return moved;
  }

  /** Sets the status, if the secret still is the webhook's; returns whether it is. */
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

  /** Whether it is there still, and enabled. */
  isEnabled(webhook: Webhook): boolean {
    return this.#all.get(webhook.id) === webhook && webhook.status === "enabled";
  }

  /** The enabled webhooks that ask for this and have not expired. */
  asking(model: WebhookModel, event: WebhookEvent): Webhook[] {
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
    webhook.updated_at = clioTime(this.#now());
  }
}

function newSecret(): string {
  return randomBytes(32).toString("hex");
}
