import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { RecordChange } from "../../firms/firm-changes.ts";
import { seededRandom, shuffled } from "../../firms/random.ts";
import type { ViewerLookup } from "../../firms/viewer-lookup.ts";
import type { Webhook, WebhookEvent } from "./webhook.ts";
import { webhookPayload } from "./webhook-payload.ts";
import { WebhookRegistry } from "./webhook-registry.ts";

/** When the handshake of a new webhook or URL takes place, relative to the response to the app's request. */
export const HANDSHAKES = ["after", "before", "never"] as const;
export type Handshake = (typeof HANDSHAKES)[number];

/** The order in which held deliveries are sent. */
export const RELEASE_ORDERS = ["asMade", "reversed", "shuffled"] as const;
export type ReleaseOrder = (typeof RELEASE_ORDERS)[number];

export interface WebhookOptions {
  /** An origin that replaces the one in every webhook's HTTPS URL. Default: none. */
  deliverTo?: string;
  /**
   * `after` (the default): once the request that created the webhook is answered. `before`: the request is answered
   * only when the handshake has finished or timed out. `never`: no handshake.
   */
  handshake?: Handshake;
  /** Default 10 seconds. */
  timeoutMs?: number;
  /** The delay before the second attempt; it doubles with each further attempt. Default 2 minutes. */
  retryDelayMs?: number;
}

/** A delivery that was sent, or dropped on request. */
export interface Delivery {
  readonly webhookId: number;
  readonly event: WebhookEvent;
  readonly recordId: number;
  /** The response to the last attempt; null without one. */
  status: number | null;
  attempts: number;
}

/** One delivery to send. Its body shows the record at the time of the change. */
interface Message {
  readonly webhook: Webhook;
  readonly event: WebhookEvent;
  readonly recordId: number;
  readonly body: string;
}

const MAX_ATTEMPTS = 5;
const MAX_LOGGED_DELIVERIES = 10_000;

/**
 * Sends handshakes and deliveries to the app. Deliveries are sent one at a time in the order of the changes, unless a
 * test holds and reorders them; retries wait for their delay. Source: docs/explanation/how-clio-behaves.md, "Webhooks".
 */
export class Webhooks {
  /** The app's webhooks. Tests can change them without the API. */
  readonly registry: WebhookRegistry;
  /** The last 10,000, oldest first. */
  readonly deliveries: Delivery[] = [];
  handshake: Handshake;
  timeoutMs: number;
  retryDelayMs: number;
  /** How many times each delivery is sent. */
  repeat = 1;
  /** How many of the next deliveries are dropped. Infinity: all of them, until set to 0. */
  drop = 0;
  readonly #viewers: ViewerLookup;
  readonly #closed = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  #deliverTo: string | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #held: Message[] | null = null;

  constructor(viewers: ViewerLookup, now: () => number, options: WebhookOptions = {}) {
    this.registry = new WebhookRegistry(now);
    this.handshake = options.handshake ?? "after";
    this.timeoutMs = options.timeoutMs ?? 10_000;
    this.retryDelayMs = options.retryDelayMs ?? 120_000;
    this.deliverTo = options.deliverTo ?? null;
    this.#viewers = viewers;
  }

  get deliverTo(): string | null {
    return this.#deliverTo;
  }

  /** Throws for an invalid URL. */
  set deliverTo(url: string | null) {
    this.#deliverTo = url === null ? null : new URL(url).origin;
  }

  /** Holds deliveries back until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  /**
   * Sends the held deliveries, each `times` times (default `repeat`), and stops holding. A seed fixes the shuffling.
   */
  release({
    order = "asMade",
    times = this.repeat,
    seed = 1,
  }: {
    order?: ReleaseOrder;
    times?: number;
    seed?: number;
  } = {}): void {
    const messages = (this.#held ?? []).flatMap((message) => Array<Message>(times).fill(message));
    this.#held = null;
    if (order === "reversed") messages.reverse();
    const ordered = order === "shuffled" ? shuffled(messages, seededRandom(seed)) : messages;
    for (const message of ordered) this.#send(message);
  }

  /** Resolves when no handshake, delivery or retry is pending. Held deliveries don't count. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  /** Delivers a change to every webhook that subscribes to it and whose user may see the record. */
  publish(change: RecordChange): void {
    const { records, kind, event, record } = change;
    if (kind !== "contact" && kind !== "matter") return;
    for (const webhook of this.registry.subscribersOf(kind, event)) {
      const viewer = this.#viewers.get(webhook.user_id);
      const body = viewer?.records === records ? webhookPayload(webhook, viewer, change) : null;
      if (body !== null) this.#dispatch({ webhook, event, recordId: record.id, body });
    }
  }

  /** Sends the webhook's secret to its URL, after `ready`, and enables the webhook if the app returns the secret. */
  sendHandshake(webhook: Webhook, ready?: Promise<unknown>): Promise<void> {
    return this.#track(async () => {
      await ready;
      const { url, shared_secret } = webhook;
      const body = JSON.stringify({ data: { webhook_id: webhook.id } });
      const response = await this.#post(url, { "X-Hook-Secret": shared_secret }, body);
      if (response?.status === 200) this.registry.enable(webhook, response.headers.get("X-Hook-Secret"));
    });
  }

  /** Cancels everything in flight and sends nothing more. */
  close(): void {
    this.#closed.abort();
  }

  #dispatch(message: Message): void {
    if (this.drop > 0) {
      this.drop -= 1;
      this.#logDelivery(message);
    } else if (this.#held) {
      this.#held.push(message);
    } else {
      for (let copy = 0; copy < this.repeat; copy += 1) this.#send(message);
    }
  }

  #send(message: Message): void {
    const delivery = this.#logDelivery(message);
    const firstAttempt = this.#queue.then(() => this.#attempt(message, delivery));
    this.#queue = firstAttempt;
    this.#track(async () => {
      let isDone = await firstAttempt;
      for (let delayMs = this.retryDelayMs; !isDone && delivery.attempts < MAX_ATTEMPTS; delayMs *= 2) {
        await wait(delayMs, undefined, { ref: false, signal: this.#closed.signal });
        isDone = await this.#attempt(message, delivery);
      }
    });
  }

  /** Whether no retry is needed: the app accepted the delivery or refused more of them, or the webhook is gone. */
  async #attempt({ webhook, body }: Message, delivery: Delivery): Promise<boolean> {
    if (this.#closed.signal.aborted || !this.registry.isEnabled(webhook)) return true;
    const signature = createHmac("sha256", webhook.shared_secret).update(body).digest("hex");
    delivery.attempts += 1;
    const response = await this.#post(webhook.url, { "X-Hook-Signature": signature }, body);
    delivery.status = response?.status ?? null;
    if (response?.status === 410) this.registry.suspend(webhook);
    return (
      response !== null && ((response.status >= 200 && response.status < 400) || response.status === 410)
    );
  }

  /** Null without a response in time. */
  async #post(url: string, headers: Record<string, string>, body: string): Promise<Response | null> {
    const { origin, pathname, search } = new URL(url);
    try {
      const response = await fetch(`${this.#deliverTo ?? origin}${pathname}${search}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body,
        redirect: "manual",
        signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.timeoutMs)]),
      });
      await response.arrayBuffer();
      return response;
    } catch {
      return null;
    }
  }

  /** Counts the work as in flight until it ends or `close` cancels it. */
  #track(work: () => Promise<void>): Promise<void> {
    const tracked = work()
      .catch((error) => {
        if (!this.#closed.signal.aborted) throw error;
      })
      .finally(() => this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
    return tracked;
  }

  #logDelivery({ webhook, event, recordId }: Message): Delivery {
    const delivery = { webhookId: webhook.id, event, recordId, status: null, attempts: 0 };
    if (this.deliveries.push(delivery) > MAX_LOGGED_DELIVERIES) this.deliveries.shift();
    return delivery;
  }
}
