import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { signIn } from "../../sandbox/connect-firm.ts";
import { type Random, seededRandom } from "../../sandbox/firms/random.ts";
import { Callers } from "../calls/callers.ts";
import type { LargeFirm } from "../calls/large-firm.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { poissonArrivals, runOpenLoop } from "../harness/load/open-loop.ts";
import { mixedCalls } from "../harness/load/route-call-requests.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { increase, scrapeMetrics, waitUntilIdle } from "../harness/service-metrics.ts";

const CLICKS_PER_MINUTE = 1_000;
const CALLS_PER_MINUTE = 60;
const STRANGER_SHARE = 0.05;
const CHANGE_INTERVAL_MS = 10_000;
const REAL_CLICK_INTERVAL_MS = 15_000;
const CHANGE_TIMEOUT_MS = 90_000;
/** Clio's limit at peak hours (docs/explanation/how-clio-behaves.md). */
const CLIO_REQUESTS_PER_MINUTE = 50;

/** The firm's usual work, without an attack: what the attacks are compared with. */
export function usualMinutes(firm: LargeFirm, options: { minutes: number }): Promise<Measurement[]> {
  return measure(firm, options, null);
}

/** Forged clicks in the name of the lookup account, whose requests to Clio calls and syncs depend on. */
export function forgedClicks(
  firm: LargeFirm,
  { minutes, addresses }: { minutes: number; addresses: number },
): Promise<Measurement[]> {
  return measure(firm, { minutes }, addresses);
}

async function measure(
  firm: LargeFirm,
  { minutes }: { minutes: number },
  addresses: number | null,
): Promise<Measurement[]> {
  const { clio, target } = firm;
  const random = seededRandom(23 + (addresses ?? 0));
  const user = firm.generated.firm.users.find(({ enabled }) => enabled);
  if (!user) throw new Error("the firm has no enabled user");
  const browser = await signIn({ serviceUrl: target.url, userId: user.id });
  using callers = new Callers(target, firm.generated, random);
  const changed = await callers.pick(Math.ceil((minutes * 60_000) / CHANGE_INTERVAL_MS));
  await waitUntilIdle(target.url);

  // Earlier requests, made without the limit, count for the minute in which they were made.
  await pause(60_000 - (Date.now() % 60_000) + 100);
  await clio.setRateLimit(CLIO_REQUESTS_PER_MINUTE);
  const before = await scrapeMetrics(target.url);
  const requestsBefore = await clio.requestCount();
  const endsAt = performance.now() + minutes * 60_000;
  const subjectPath = `/api/v4/matters/${changed[0]?.matter}`;
  try {
    const [calls, delays, realClicks, forged] = await Promise.all([
      placeCalls(firm, random, minutes),
      Promise.all(
        changed.map(async (caller, at) => {
          await pause(at * CHANGE_INTERVAL_MS);
          const start = performance.now();
          await clio.change([callers.renumber(caller, callers.newNumber())]);
          // The old number is answered from the mirror until the change has arrived: asking for it costs Clio nothing.
          while ((await callers.route(caller.e164)).contact === caller.contact) {
            if (performance.now() - start > CHANGE_TIMEOUT_MS) return CHANGE_TIMEOUT_MS;
            await pause(20);
          }
          return performance.now() - start;
        }),
      ),
      repeatUntil(endsAt, REAL_CLICK_INTERVAL_MS, async () => {
        const { status } = await browser.open(await clio.click({ userId: user.id, subjectPath }));
        return status;
      }),
      addresses === null ? [] : forgeClicks(firm, { endsAt, addresses, userId: user.id, subjectPath }),
    ]);
    const after = await scrapeMetrics(target.url);
    const answered = calls.filter(({ status }) => status === 200).length;
    const opened = realClicks.filter((status) => status === 200).length;
    return [
      { name: `calls in ${minutes} min`, value: calls.length, unit: "" },
      { name: "callers refused", value: calls.length - answered, unit: "", target: { atMost: 0 } },
      { name: "changes", value: delays.length, unit: "" },
      { name: "a change arrived after, median", value: quantile(delays, 0.5), unit: "ms" },
      { name: "a change arrived after, max", value: quantile(delays, 1), unit: "ms" },
      { name: "real clicks of a signed-in user", value: realClicks.length, unit: "" },
      { name: "of those, opened", value: opened, unit: "", target: { atLeast: realClicks.length } },
      { name: "Clio requests", value: (await clio.requestCount()) - requestsBefore, unit: "" },
      {
        name: "429 from Clio",
        value: increase(before, after, 'clio_requests_total{status="429"}'),
        unit: "",
        target: { atMost: 0 },
      },
      ...(addresses === null ? [] : clickMeasurements(forged, minutes)),
    ];
  } finally {
    await clio.setRateLimit(null);
  }
}

function placeCalls(firm: LargeFirm, random: Random, minutes: number) {
  const arrivals = poissonArrivals(random, CALLS_PER_MINUTE / 60, minutes * 60);
  const { paths } = mixedCalls(firm, random, { count: arrivals.length, strangerShare: STRANGER_SHARE });
  return runOpenLoop(firm.target, arrivals, (at) => paths[at] ?? "");
}

/** Sends clicks with invented nonces, and returns their statuses. */
async function forgeClicks(
  { target }: LargeFirm,
  {
    endsAt,
    addresses,
    userId,
    subjectPath,
  }: { endsAt: number; addresses: number; userId: number; subjectPath: string },
): Promise<number[]> {
  using client = new KeepAliveClient("");
  let sent = 0;
  const responses: Promise<number>[] = [];
  await repeatUntil(endsAt, 60_000 / CLICKS_PER_MINUTE, async () => {
    const query = new URLSearchParams({
      custom_action_id: "1",
      user_id: String(userId),
      subject_url: subjectPath,
      custom_action_nonce: randomUUID(),
    });
    const address = `203.0.113.${1 + (sent++ % addresses)}`;
    const url = `${target.url}/clio-action?${query}`;
    responses.push(client.get(url, { "X-Forwarded-For": address }).then(({ status }) => status));
  });
  return Promise.all(responses);
}

function clickMeasurements(statuses: readonly number[], minutes: number): Measurement[] {
  const count = (status: number) => statuses.filter((each) => each === status).length;
  const known = [403, 429, 503];
  return [
    { name: "forged clicks", value: statuses.length, unit: "" },
    {
      name: "of those, sent to Clio (403)",
      value: count(403),
      unit: "",
      // The windows of Clio, of a user and of an address begin at different times.
      target: { atMost: 20 * (minutes + 1) },
    },
    { name: "over a limit (429)", value: count(429), unit: "" },
    { name: "kept from requests that are reserved for others (503)", value: count(503), unit: "" },
    {
      name: "answered otherwise",
      value: statuses.filter((status) => !known.includes(status)).length,
      unit: "",
      target: { atMost: 0 },
    },
  ];
}

/** Does something at a fixed rate, however long it takes. */
async function repeatUntil<T>(endsAt: number, intervalMs: number, work: () => Promise<T>): Promise<T[]> {
  const results: Promise<T>[] = [];
  for (let dueAt = performance.now(); dueAt < endsAt; dueAt += intervalMs) {
    const wait = dueAt - performance.now();
    if (wait > 0) await pause(wait);
    results.push(work());
  }
  return Promise.all(results);
}
