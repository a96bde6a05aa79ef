import { seededRandom } from "../../sandbox/firms/random.ts";
import { Child } from "../child.ts";
import type { Figure } from "../figure.ts";
import { KeepAlive } from "../keep-alive.ts";
import { CHECKOUT } from "../processes.ts";
import { residentMegabytes } from "../resident.ts";
import type { BigFirm } from "./big-firm.ts";
import { routeCallPath } from "./callers.ts";
import { pinned } from "./cores.ts";
import { arrivals, openLoop, type Saturated, saturate, type Target, timesOf } from "./load.ts";
import { answeredFrom, growth, metricsOf } from "./service-metrics.ts";

const CALLS_A_SECOND = 500;
/** Beforehand: a service that has been at work is meant. */
const WARM_UP_SECONDS = 5;
const SHOWN = 3;
const CONNECTIONS = 10;
/** The two servers take turns, so that what else the machine does falls on both. */
const TURNS = 5;
const SECONDS_A_TURN = 2;

/** `/route-call` of a big firm that is read: how fast it answers at a rate, and how much it answers at most. */
export async function calls(
  { clio, service, target, numbers }: BigFirm,
  { seconds }: { seconds: number },
): Promise<Figure[]> {
  const random = seededRandom(1);
  const path = () => routeCallPath(random.pick(numbers));
  const body = await oneAnswer(target, path());
  await using bare = new Child(process.execPath, {
    args: ["bench/calls/bare-server.ts"],
    cwd: CHECKOUT,
    env: { BODY: body, NODE_ENV: "production" },
  });
  const [bareUrl] = await bare.printed(/http:\/\/\S+/);
  using cores = pinned({ servers: [service.pid, bare.pid], others: [clio.pid] });

  await openLoop(target, arrivals(random, CALLS_A_SECOND, WARM_UP_SECONDS), path);
  const before = await metricsOf(target.url);
  const sent = await openLoop(target, arrivals(random, CALLS_A_SECOND, seconds), path);
  const after = await metricsOf(target.url);
  const times = timesOf(sent);
  const late = timesOf(sent, "late");
  const failed = sent.filter(({ status }) => status !== 200);
  for (const { status, body, ms } of failed.slice(0, SHOWN))
    process.stderr.write(`${status} after ${ms.toFixed(1)} ms: ${body}\n`);

  const { of, bareOf } = await takeTurns(target, { url: bareUrl, key: "" }, path);
  const where = cores.arePinned ? "" : " (not pinned to a core)";
  return [
    { name: `calls, ${CALLS_A_SECOND} a second${where}`, value: sent.length, unit: "" },
    { name: "median, from when the call was due", value: times(0.5), unit: "ms", target: { atMost: 2 } },
    { name: "p99", value: times(0.99), unit: "ms", target: { atMost: 10 } },
    { name: "p99.9", value: times(0.999), unit: "ms" },
    { name: "max", value: times(1), unit: "ms" },
    { name: "errors", value: failed.length, unit: "", target: { atMost: 0 } },
    { name: "answered from the mirror", value: growth(before, after, answeredFrom("mirror")), unit: "" },
    {
      name: "Clio asked as well: the number, as it is typed, is nobody's",
      value: growth(before, after, answeredFrom("live")),
      unit: "",
    },
    { name: "the load generator's own lag, p99", value: late(0.99), unit: "ms" },
    { name: "its own lag, max", value: late(1), unit: "ms" },
    { name: `answers a second, ${CONNECTIONS} connections`, value: rate(of), unit: "/s" },
    { name: "a bare Express route, answers a second", value: rate(bareOf), unit: "/s" },
    { name: "share of the bare route", value: rate(of) / rate(bareOf), unit: "", target: { atLeast: 0.5 } },
    { name: "errors of both", value: of.errors + bareOf.errors, unit: "", target: { atMost: 0 } },
    { name: "the load generator at work, service", value: of.busy * 100, unit: "%" },
    { name: "the load generator at work, bare route", value: bareOf.busy * 100, unit: "%" },
    {
      name: "resident memory of the service afterwards",
      value: residentMegabytes(service.pid),
      unit: "MB",
      target: { atMost: 300 },
    },
  ];
}

async function oneAnswer({ url, key }: Target, path: string): Promise<string> {
  using client = new KeepAlive(key);
  const { status, body } = await client.get(url + path);
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body}`);
  return body;
}

async function takeTurns(service: Target, bare: Target, path: () => string) {
  const turn = (target: Target, seconds = SECONDS_A_TURN) =>
    saturate(target, { connections: CONNECTIONS, seconds }, path);
  await turn(bare, 1);
  await turn(service, 1);
  const turns: { of: Saturated; bareOf: Saturated }[] = [];
  for (let at = 0; at < TURNS; at += 1) turns.push({ bareOf: await turn(bare), of: await turn(service) });
  return { of: sumOf(turns.map(({ of }) => of)), bareOf: sumOf(turns.map(({ bareOf }) => bareOf)) };
}

function sumOf(all: readonly Saturated[]): Saturated {
  const sum = (what: keyof Saturated) => all.reduce((total, one) => total + one[what], 0);
  return {
    answers: sum("answers"),
    errors: sum("errors"),
    seconds: sum("seconds"),
    busy: sum("busy") / all.length,
  };
}

function rate({ answers, seconds }: Saturated): number {
  return answers / seconds;
}
