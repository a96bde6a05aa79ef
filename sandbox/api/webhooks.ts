import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Happening } from "../firms/firm-changes.ts";
import { seededRandom, shuffled } from "../firms/random.ts";
import type { Viewer } from "../firms/viewer.ts";
import type { Viewers } from "../firms/viewers.ts";
import { present, selectFields } from "./field-selection.ts";
import { fieldValues } from "./field-values.ts";
import { RESOURCE_OF, type Webhook, type WebhookEvent } from "./webhook.ts";
import { WebhookRegister } from "./webhook-register.ts";

/** How the handshake of a new webhook, or of a new URL, stands to the answer that tells the app of it. */
export const HANDSHAKES = ["after", "before", "never"] as const;
export type Handshake = (typeof HANDSHAKES)[number];

/** The order in which deliveries that were held go out. */
export const RELEASE_ORDERS = ["asMade", "reversed", "shuffled"] as const;
export type ReleaseOrder = (typeof RELEASE_ORDERS)[number];

export interface WebhookOptions {
  /** The origin that everything is sent to, in place of that of the webhook's HTTPS URL. Default: none. */
  deliverTo?: string;
  /**
   * `after` (the default): the handshake is sent once the request that made the webhook is answered. `before`: the app
   * has answered the handshake, or the time for that is over, before the request is answered. `never`: none is sent.
   */
  handshake?: Handshake;
  /** How long an answer may take, in milliseconds; default 10 seconds. */
  timeout?: number;
  /** How long after the first try the second one follows, in milliseconds; doubled each time. Default 2 minutes. */
  retryBase?: number;
}

/** A delivery that was sent, or lost on request. */
export interface Delivery {
  readonly webhookId: number;
  readonly event: WebhookEvent;
  readonly recordId: number;
  /** Of the answer to the last try; null where there was none. */
  status: number | null;
  /** How often it was sent. */
  tries: number;
}

/** What a delivery says, and for which webhook. Made when the record changes, it is not brought up to date later. */
interface Parcel {
  readonly webhook: Webhook;
  readonly event: WebhookEvent;
  readonly recordId: number;
  readonly body: string;
}

const TRIES = 5;
const KEPT = 10_000;

/**
 * What the app's webhooks bring it: handshakes and deliveries. Deliveries go out one after the other, in the order of
 * the changes, unless they are asked to get into disorder; only a second try comes when its time has come.
 */
export class Webhooks {
  /** The webhooks the app has made, and a way to change them without the API. */
  readonly register: WebhookRegister;
  /** The last 10,000, oldest first. */
  readonly deliveries: Delivery[] = [];
  handshake: Handshake;
  timeout: number;
  retryBase: number;
  /** How often each delivery is sent. */
  repeat = 1;
  /** How many of the next deliveries are lost; Infinity: all of them, until it is set to 0. */
  drop = 0;
  readonly #viewers: Viewers;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #deliverTo: string | null = null;
  #line: Promise<unknown> = Promise.resolve();
  #held: Parcel[] | null = null;

  constructor(viewers: Viewers, now: () => number, options: WebhookOptions = {}) {
    this.register = new WebhookRegister(now);
    this.handshake = options.handshake ?? "after";
    this.timeout = options.timeout ?? 10_000;
    this.retryBase = options.retryBase ?? 120_000;
    this.deliverTo = options.deliverTo ?? null;
    this.#viewers = viewers;
  }

  get deliverTo(): string | null {
    return this.#deliverTo;
  }

  /** Throws for what is no URL. */
  set deliverTo(url: string | null) {
    this.#deliverTo = url === null ? null : new URL(url).origin;
  }

  /** From now on deliveries wait until they are released. */
  hold(): void {
    this.#held ??= [];
  }

  /**
   * Sends what was held, each `times` times (default `repeat`), and holds no more. The same seed shuffles in the same
   * way.
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
    const all = (this.#held ?? []).flatMap((parcel) => Array<Parcel>(times).fill(parcel));
    this.#held = null;
    if (order === "reversed") all.reverse();
    for (const parcel of order === "shuffled" ? shuffled(all, seededRandom(seed)) : all) this.#send(parcel);
  }

  /** Resolves when no handshake and no delivery is under way, and none waits for another try. Held ones do not count. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Sends word of a change to every webhook that asks for it and whose user may see the record. */
  tell({ records, kind, event, record }: Happening): void {
    if (kind === "user") return;
    for (const webhook of this.register.asking(kind, event)) {
      const viewer = this.#viewers.get(webhook.user_id);
      if (viewer?.records !== records || !maySee(viewer, kind, record.id)) continue;
      const data = shown(record, RESOURCE_OF[kind], webhook.fields, event, viewer);
      const body = JSON.stringify({ data, meta: { event, webhook_id: webhook.id } });
      this.#dispatch({ webhook, event, recordId: record.id, body });
    }
  }

  /** Sends the webhook's secret to its URL as soon as `ready` is there, and enables it where the secret comes back. */
  shakeHands(webhook: Webhook, ready?: Promise<unknown>): Promise<void> {
    return this.#track(async () => {
      await ready;
      const { url, shared_secret } = webhook;
      const body = JSON.stringify({ data: { webhook_id: webhook.id } });
      const answer = await this.#post(url, { "X-Hook-Secret": shared_secret }, body);
      if (answer?.status === 200) this.register.enable(webhook, answer.headers.get("X-Hook-Secret"));
    });
  }

  /** Ends whatever is under way; nothing goes out any more. */
  close(): void {
    this.#closed.abort();
  }

  #dispatch(parcel: Parcel): void {
    if (this.drop > 0) {
      this.drop -= 1;
      this.#note(parcel);
    } else if (this.#held) {
      this.#held.push(parcel);
    } else {
      for (let copy = 0; copy < this.repeat; copy += 1) this.#send(parcel);
    }
  }

  #send(parcel: Parcel): void {
    const delivery = this.#note(parcel);
    const first = this.#line.then(() => this.#try(parcel, delivery));
    this.#line = first;
    this.#track(async () => {
      let done = await first;
      for (let pause = this.retryBase; !done && delivery.tries < TRIES; pause *= 2) {
        await wait(pause, undefined, { ref: false, signal: this.#closed.signal });
        done = await this.#try(parcel, delivery);
      }
    });
  }

  /** Whether that was the last of it: the app has it, or wants no more, or the webhook is gone. */
  async #try({ webhook, body }: Parcel, delivery: Delivery): Promise<boolean> {
    if (this.#closed.signal.aborted || !this.register.isEnabled(webhook)) return true;
    const signature = createHmac("sha256", webhook.shared_secret).update(body).digest("hex");
    delivery.tries += 1;
    const answer = await this.#post(webhook.url, { "X-Hook-Signature": signature }, body);
    delivery.status = answer?.status ?? null;
    if (answer?.status === 410) this.register.suspend(webhook);
    return answer !== null && ((answer.status >= 200 && answer.status < 400) || answer.status === 410);
  }

  /** The answer; null where there was none in time. */
  async #post(url: string, headers: Record<string, string>, body: string): Promise<Response | null> {
    const { origin, pathname, search } = new URL(url);
    try {
      const answer = await fetch(`${this.#deliverTo ?? origin}${pathname}${search}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body,
        redirect: "manual",
        signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.timeout)]),
      });
      await answer.arrayBuffer();
      return answer;
    } catch {
      return null;
    }
  }

  /** Counts the work as under way until it is done, or was cut off by `close`. */
  #track(work: () => Promise<void>): Promise<void> {
    const tracked = work()
      .catch((error) => {
        if (!this.#closed.signal.aborted) throw error;
      })
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  #note({ webhook, event, recordId }: Parcel): Delivery {
    const delivery = { webhookId: webhook.id, event, recordId, status: null, tries: 0 };
    if (this.deliveries.push(delivery) > KEPT) this.deliveries.shift();
    return delivery;
  }
}

function maySee(viewer: Viewer, kind: "contact" | "matter", id: number): boolean {
  return viewer.may(`${kind}s`) && (kind === "matter" || viewer.sees(id));
}

/** The fields the webhook asks for; of a record that is gone, the id and, where it is asked for, the etag. */
function shown(
  record: object,
  resource: "Contact" | "Matter",
  fields: string,
  event: WebhookEvent,
  viewer: Viewer,
): object {
  const asked = selectFields(fields, resource);
  const selection =
    event === "deleted" ? [{ name: "id" }, ...asked.filter(({ name }) => name === "etag")] : asked;
  return present(record, resource, selection, fieldValues(viewer));
}
