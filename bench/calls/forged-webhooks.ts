import { createHmac, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { gzipSync } from "node:zlib";
import type { Webhook } from "../../sandbox/api/webhooks/webhook.ts";
import { type Random, seededRandom, weighted } from "../../sandbox/firms/random.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { increase, scrapeMetrics, waitUntilIdle } from "../harness/service-metrics.ts";
import { Callers } from "./callers.ts";
import { collectAnswers, differingPaths } from "./compare-answers.ts";
import type { LargeFirm } from "./large-firm.ts";

const DELIVERIES = 1_000;
const CALLERS = 300;
const CHANGED_CALLERS = 10;

/** A request to the service's webhook endpoint. */
interface Delivery {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What a forgery is made from. Only replays and signed deliveries use a webhook's secret. */
interface ForgeryInput {
  readonly webhook: Webhook;
  readonly other: Webhook;
  readonly contactId: number;
  readonly random: Random;
}

/** The kinds that may be accepted, because their signature is valid. */
const VALIDLY_SIGNED = ["replayed", "signed, for an unknown record"] as const;

const FORGERIES: Readonly<Record<string, (input: ForgeryInput) => Delivery>> = {
  "wrong signature": ({ webhook, contactId }) => delivery(webhook, bodyOf(contactId), randomHex()),
  "no signature": ({ webhook, contactId }) => delivery(webhook, bodyOf(contactId), null),
  "signature of another body": ({ webhook, contactId }) =>
    delivery(webhook, bodyOf(contactId), signatureOf(webhook, bodyOf(contactId + 1))),
  "secret of another webhook": ({ webhook, other, contactId }) =>
    delivery(webhook, bodyOf(contactId), signatureOf(other, bodyOf(contactId))),
  "unknown webhook": ({ webhook, contactId }) => {
    const path = `/webhooks/clio/${randomBytes(16).toString("base64url")}`;
    return { ...delivery(webhook, bodyOf(contactId)), path };
  },
  "broken JSON, validly signed": ({ webhook, random }) =>
    delivery(
      webhook,
      random.pick([
        "",
        "{",
        "null",
        "[]",
        '{"data":null}',
        '{"data":{"id":"1"}}',
        '{"data":{"id":-1}}',
        '{"data":{"id":1e300}}',
        '{"data":{"id":1.5}}',
        `${"[".repeat(20_000)}`,
        '{"__proto__":{"data":{"id":1}}}',
        "\u0000\u0001",
      ]),
    ),
  "megabytes, validly signed": ({ webhook, random }) =>
    delivery(webhook, bodyOf(1, "x".repeat(random.integer(1, 8) * 1_000_000))),
  compressed: ({ webhook, contactId }) => {
    const body = gzipSync(bodyOf(contactId));
    const sent = delivery(webhook, body);
    return { ...sent, headers: { ...sent.headers, "Content-Encoding": "gzip" } };
  },
  "wrong method": ({ webhook, contactId, random }) => ({
    ...delivery(webhook, bodyOf(contactId)),
    method: random.pick(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]),
  }),
  "garbage in the path": ({ webhook, contactId, random }) => ({
    ...delivery(webhook, bodyOf(contactId)),
    path: `/webhooks/clio/${random.pick([
      "%E0%A4%A",
      "%00",
      "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
      "%F0%9F%92%A9",
      `%25${"a".repeat(5_000)}`,
      "';drop%20table%20webhooks--",
      "%",
      "",
    ])}`,
  }),
  "handshake with another secret": ({ webhook, random }) => ({
    path: pathOf(webhook),
    headers: { "X-Hook-Secret": random.pick([randomHex(), "", "x".repeat(10_000), "a b"]) },
    body: JSON.stringify({ data: { webhook_id: webhook.id } }),
  }),
  "handshake for an unknown webhook": () => ({
    path: `/webhooks/clio/${randomBytes(16).toString("base64url")}`,
    headers: { "X-Hook-Secret": randomHex() },
    body: "{}",
  }),
  replayed: ({ webhook, contactId }) => delivery(webhook, bodyOf(contactId)),
  "signed, for an unknown record": ({ webhook, random }) =>
    delivery(webhook, bodyOf(random.integer(1, 1_000_000))),
};

const randomForgery = weighted(Object.keys(FORGERIES).map((kind) => [kind, 1] as const));

/** Forged and replayed webhook deliveries: how they are answered, and whether they change any answer. */
export async function forgedWebhooks(firm: LargeFirm): Promise<Measurement[]> {
  const { clio, target, numbers, generated } = firm;
  const random = seededRandom(11);
  const [webhook, other] = await clio.webhooks();
  if (!webhook || !other) throw new Error("the service has not created its webhooks");
  using callers = new Callers(target, generated, random);
  const changed = await callers.pick(CHANGED_CALLERS);
  const newNumbers = changed.map(() => callers.newNumber());
  const paths = Array.from({ length: CALLERS }, () => routeCallPath(random.pick(numbers)));
  const before = await collectAnswers(target, paths);
  const counted = await scrapeMetrics(target.url);

  const statuses = new Map<string, number>();
  const accepted: string[] = [];
  let serverErrors = 0;
  using agent = new DisposableAgent();
  for (let at = 0; at < DELIVERIES; at += 1) {
    const kind = randomForgery(random);
    const webhooks = random.chance(0.5) ? { webhook, other } : { webhook: other, other: webhook };
    const contactId = random.pick(generated.firm.contacts).id;
    const sent = FORGERIES[kind]?.({ ...webhooks, contactId, random });
    const status = sent ? await statusOf(target.url, sent, agent) : null;
    const outcome = status === null ? "connection closed without a response" : `responded with ${status}`;
    statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
    if (status !== null && status >= 500) serverErrors += 1;
    if (status !== null && status < 400 && !VALIDLY_SIGNED.some((signed) => signed === kind))
      accepted.push(kind);
  }

  await waitUntilIdle(target.url);
  const changedAnswers = differingPaths(before, await collectAnswers(target, paths)).length;

  // Genuine deliveries, each three times and in reverse order.
  await clio.holdDeliveries();
  for (const [at, caller] of changed.entries()) {
    await clio.change([callers.renumber(caller, callers.newNumber())]);
    await clio.change([callers.renumber(caller, newNumbers[at] ?? "")]);
  }
  await clio.releaseDeliveries({ order: "reversed", times: 3 });
  await clio.waitForDeliveries();
  const found = await countFoundByNewNumber(callers, changed, newNumbers);
  const recorded = increase(
    counted,
    await scrapeMetrics(target.url),
    'clio_webhook_deliveries_total{outcome="noted"}',
  );
  for (const kind of new Set(accepted)) process.stderr.write(`accepted: ${kind}\n`);
  return [
    { name: "forged and replayed deliveries", value: DELIVERIES, unit: "" },
    ...[...statuses].sort().map(([name, value]) => ({ name, value, unit: "" })),
    {
      name: "server errors (5xx)",
      value: serverErrors,
      unit: "",
      target: { atMost: 0 },
    },
    { name: "accepted forgeries", value: accepted.length, unit: "", target: { atMost: 0 } },
    { name: "validly signed deliveries recorded", value: recorded, unit: "" },
    {
      name: "callers with changed answers",
      value: changedAnswers,
      unit: "",
      target: { atMost: 0 },
    },
    {
      name: "numbers changed twice, delivered three times in reverse: found by the last one",
      value: found,
      unit: "",
      target: { atLeast: changed.length },
    },
  ];
}

const TIMEOUT_MS = 10_000;

/** How many of the callers are found by their new number, once the mirror is up to date. */
async function countFoundByNewNumber(
  callers: Callers,
  changed: readonly { contact: number; e164: string }[],
  newNumbers: readonly string[],
): Promise<number> {
  const start = performance.now();
  // Wait until the old number is gone: asking for the new one earlier would make the service read it from Clio.
  for (const { contact, e164 } of changed)
    while ((await callers.route(e164)).contact === contact && performance.now() - start < TIMEOUT_MS);
  let found = 0;
  for (const [at, { contact }] of changed.entries())
    if ((await callers.route(newNumbers[at] ?? "")).contact === contact) found += 1;
  return found;
}

function pathOf({ url }: Webhook): string {
  return new URL(url).pathname;
}

function bodyOf(recordId: number, more = ""): string {
  return JSON.stringify({ data: { id: recordId, more }, meta: { event: "updated", webhook_id: 1 } });
}

function delivery(
  webhook: Webhook,
  body: string | Buffer,
  signature: string | null = signatureOf(webhook, body),
): Delivery {
  return {
    path: pathOf(webhook),
    headers: {
      "Content-Type": "application/json",
      ...(signature !== null && { "X-Hook-Signature": signature }),
    },
    body,
  };
}

function signatureOf({ shared_secret }: Webhook, body: string | Buffer): string {
  return createHmac("sha256", shared_secret).update(body).digest("hex");
}

function randomHex(): string {
  return randomBytes(32).toString("hex");
}

class DisposableAgent extends Agent implements Disposable {
  constructor() {
    super({ keepAlive: true });
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** The status of the response; null when the connection was closed without one. */
function statusOf(url: string, { method = "POST", path, headers = {}, body }: Delivery, agent: Agent) {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const length = Buffer.byteLength(body ?? "");
  const sent = request(
    url,
    { method, path, headers: { ...headers, "Content-Length": String(length) }, agent },
    (response) => {
      const { statusCode = null } = response;
      response.resume();
      response.on("close", () => resolve(statusCode));
    },
  );
  sent.on("error", () => resolve(null));
  sent.end(body);
  return promise;
}
