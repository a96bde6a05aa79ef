import { createHmac, randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { gzipSync } from "node:zlib";
import type { Webhook } from "../../sandbox/api/webhooks/webhook.ts";
import { type Random, seededRandom, weighted } from "../../sandbox/firms/random.ts";
import type { Figure } from "../figure.ts";
import { answersOf, differing } from "./answers.ts";
import type { BigFirm } from "./big-firm.ts";
import { Callers, routeCallPath } from "./callers.ts";
import { growth, metricsOf, untilQuiet } from "./service-metrics.ts";

const DELIVERIES = 1_000;
const CALLERS = 300;
const CHANGED = 10;

/** Something that is sent to where Clio's webhooks lead. */
interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What everybody knows who forges: the webhooks' addresses, and a record. Secrets only where Clio itself is replayed. */
interface Known {
  readonly webhook: Webhook;
  readonly other: Webhook;
  readonly contactId: number;
  readonly random: Random;
}

/** The kinds whose answer may be 200: they are signed, or Clio's own word. */
const HARMLESS = ["replayed", "signed, of a record that nobody has"] as const;

const FORGERIES: Readonly<Record<string, (known: Known) => Sent>> = {
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
  "broken JSON, rightly signed": ({ webhook, random }) =>
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
  "megabytes, rightly signed": ({ webhook, random }) =>
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
  "signed, of a record that nobody has": ({ webhook, random }) =>
    delivery(webhook, bodyOf(random.integer(1, 1_000_000))),
};

const kindOfForgery = weighted(Object.keys(FORGERIES).map((kind) => [kind, 1] as const));

/** Deliveries that are not Clio's, or not Clio's latest: what they are answered, and that they change no answer. */
export async function forged(firm: BigFirm): Promise<Figure[]> {
  const { clio, target, numbers, invented } = firm;
  const random = seededRandom(11);
  const [webhook, other] = await clio.webhooks();
  if (!webhook || !other) throw new Error("the webhooks are not in place");
  using callers = new Callers(target, invented, random);
  const changed = await callers.some(CHANGED);
  const newNumbers = changed.map(() => callers.newNumber());
  const paths = Array.from({ length: CALLERS }, () => routeCallPath(random.pick(numbers)));
  const before = await answersOf(target, paths);
  const counted = await metricsOf(target.url);

  const statuses = new Map<string, number>();
  const accepted: string[] = [];
  let faults = 0;
  using agent = new ClosingAgent();
  for (let at = 0; at < DELIVERIES; at += 1) {
    const kind = kindOfForgery(random);
    const known = random.chance(0.5) ? { webhook, other } : { webhook: other, other: webhook };
    const contactId = random.pick(invented.firm.contacts).id;
    const sent = FORGERIES[kind]?.({ ...known, contactId, random });
    const status = sent ? await statusOf(target.url, sent, agent) : null;
    const shown = status === null ? "cut off without an answer" : `answered with ${status}`;
    statuses.set(shown, (statuses.get(shown) ?? 0) + 1);
    if (status !== null && status >= 500) faults += 1;
    if (status !== null && status < 400 && !HARMLESS.some((harmless) => harmless === kind))
      accepted.push(kind);
  }

  await untilQuiet(target.url);
  const otherwise = differing(before, await answersOf(target, paths)).length;

  // Clio's own deliveries, three times each, the last change first.
  await clio.holdDeliveries();
  for (const [at, caller] of changed.entries()) {
    await clio.change([callers.renumbered(caller, callers.newNumber())]);
    await clio.change([callers.renumbered(caller, newNumbers[at] ?? "")]);
  }
  await clio.releaseDeliveries({ order: "reversed", times: 3 });
  await clio.idle();
  const known = await untilKnown(callers, changed, newNumbers);
  const noted = growth(
    counted,
    await metricsOf(target.url),
    'clio_webhook_deliveries_total{outcome="noted"}',
  );
  for (const kind of new Set(accepted)) process.stderr.write(`accepted: ${kind}\n`);
  return [
    { name: "forged and replayed deliveries", value: DELIVERIES, unit: "" },
    ...[...statuses].sort().map(([name, value]) => ({ name, value, unit: "" })),
    {
      name: "answered with a fault of the service's own (5xx)",
      value: faults,
      unit: "",
      target: { atMost: 0 },
    },
    { name: "forgeries that were accepted", value: accepted.length, unit: "", target: { atMost: 0 } },
    { name: "signed deliveries noted, Clio's own among them", value: noted, unit: "" },
    {
      name: "callers answered otherwise afterwards",
      value: otherwise,
      unit: "",
      target: { atMost: 0 },
    },
    {
      name: "numbers changed twice, told three times in reverse: the last one known",
      value: known,
      unit: "",
      target: { atLeast: changed.length },
    },
  ];
}

const LONGEST = 10_000;

/** How many of the callers are known by their new number, in the end. */
async function untilKnown(
  callers: Callers,
  changed: readonly { contact: number; e164: string }[],
  newNumbers: readonly string[],
): Promise<number> {
  const start = performance.now();
  // While the old number is known, the mirror has not caught up; the new one, asked for before, would be read from Clio.
  for (const { contact, e164 } of changed)
    while ((await callers.routed(e164)).contact === contact && performance.now() - start < LONGEST);
  let known = 0;
  for (const [at, { contact }] of changed.entries())
    if ((await callers.routed(newNumbers[at] ?? "")).contact === contact) known += 1;
  return known;
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
): Sent {
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

class ClosingAgent extends Agent implements Disposable {
  constructor() {
    super({ keepAlive: true });
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** Null where the connection was closed without an answer. */
function statusOf(url: string, { method = "POST", path, headers = {}, body }: Sent, agent: Agent) {
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
