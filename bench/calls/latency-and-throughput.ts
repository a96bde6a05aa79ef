import { seededRandom } from "../../sandbox/firms/random.ts";
import { startBaselineServer } from "../harness/baseline-server.ts";
import { pinToCores } from "../harness/cpu-affinity.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { type ClosedLoopResult, runClosedLoop } from "../harness/load/closed-loop.ts";
import { poissonArrivals, quantilesOf, runOpenLoop, type Target } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { residentMemoryMb } from "../harness/resident-memory.ts";
import { answeredFrom, increase, scrapeMetrics } from "../harness/service-metrics.ts";
import type { LargeFirm } from "./large-firm.ts";

const CALLS_PER_SECOND = 500;
const WARM_UP_SECONDS = 5;
const MAX_SHOWN_FAILURES = 3;
const CONNECTIONS = 10;
/** The two servers take turns, so that other load on the machine affects both. */
const ROUNDS = 5;
const SECONDS_PER_ROUND = 2;

/** `/route-call` with a complete mirror of a large firm: latency at a constant rate, and saturation throughput. */
export async function latencyAndThroughput(
  { clio, service, target, numbers }: LargeFirm,
  { seconds }: { seconds: number },
): Promise<Measurement[]> {
  const random = seededRandom(1);
  const path = () => routeCallPath(random.pick(numbers));
  const body = await fetchAnswer(target, path());
  await using baselineServer = await startBaselineServer({ "/route-call": JSON.parse(body) });
  using cores = pinToCores({ servers: [service.pid, baselineServer.pid], others: [clio.pid] });

  await runOpenLoop(target, poissonArrivals(random, CALLS_PER_SECOND, WARM_UP_SECONDS), path);
  const before = await scrapeMetrics(target.url);
  const responses = await runOpenLoop(target, poissonArrivals(random, CALLS_PER_SECOND, seconds), path);
  const after = await scrapeMetrics(target.url);
  const latency = quantilesOf(responses);
  const lag = quantilesOf(responses, "lagMs");
  const failed = responses.filter(({ status }) => status !== 200);
  for (const { status, body, latencyMs } of failed.slice(0, MAX_SHOWN_FAILURES))
    process.stderr.write(`${status} after ${latencyMs.toFixed(1)} ms: ${body}\n`);

  const { service: ours, baseline } = await measureThroughput(
    target,
    { url: baselineServer.url, key: "" },
    path,
  );
  const pinning = cores.isPinned ? "" : " (not pinned to a core)";
  return [
    { name: `calls at ${CALLS_PER_SECOND}/s${pinning}`, value: responses.length, unit: "" },
    {
      name: "latency from when the call was due, median",
      value: latency(0.5),
      unit: "ms",
      target: { atMost: 0.5 },
    },
    { name: "latency, p99", value: latency(0.99), unit: "ms", target: { atMost: 3 } },
    { name: "latency, p99.9", value: latency(0.999), unit: "ms" },
    { name: "latency, max", value: latency(1), unit: "ms" },
    { name: "errors", value: failed.length, unit: "", target: { atMost: 0 } },
    { name: "answered from the mirror", value: increase(before, after, answeredFrom("mirror")), unit: "" },
    {
      name: "answered with a request to Clio (unknown number)",
      value: increase(before, after, answeredFrom("live")),
      unit: "",
    },
    { name: "load generator lag, p99", value: lag(0.99), unit: "ms" },
    { name: "load generator lag, max", value: lag(1), unit: "ms" },
    { name: `throughput, ${CONNECTIONS} connections`, value: throughput(ours), unit: "/s" },
    { name: "baseline throughput (bare Express route)", value: throughput(baseline), unit: "/s" },
    {
      name: "throughput relative to the baseline",
      value: throughput(ours) / throughput(baseline),
      unit: "",
      target: { atLeast: 0.2 },
    },
    {
      name: "throughput runs, errors",
      value: ours.errors + baseline.errors,
      unit: "",
      target: { atMost: 0 },
    },
    { name: "load generator utilization, service", value: ours.utilization * 100, unit: "%" },
    { name: "load generator utilization, baseline", value: baseline.utilization * 100, unit: "%" },
    {
      name: "resident memory after the load",
      value: residentMemoryMb(service.pid),
      unit: "MB",
      target: { atMost: 300 },
    },
  ];
}

async function fetchAnswer({ url, key }: Target, path: string): Promise<string> {
  using client = new KeepAliveClient(key);
  const { status, body } = await client.get(url + path);
  if (status !== 200) throw new Error(`${path} responded with ${status}: ${body}`);
  return body;
}

async function measureThroughput(service: Target, baseline: Target, path: () => string) {
  const turn = (target: Target, seconds = SECONDS_PER_ROUND) =>
    runClosedLoop(target, { connections: CONNECTIONS, seconds }, path);
  await turn(baseline, 1);
  await turn(service, 1);
  const turns: { service: ClosedLoopResult; baseline: ClosedLoopResult }[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    turns.push({ baseline: await turn(baseline), service: await turn(service) });
  return {
    service: combine(turns.map((turn) => turn.service)),
    baseline: combine(turns.map((turn) => turn.baseline)),
  };
}

function combine(results: readonly ClosedLoopResult[]): ClosedLoopResult {
  const sum = (key: keyof ClosedLoopResult) => results.reduce((total, result) => total + result[key], 0);
  return {
    responses: sum("responses"),
    errors: sum("errors"),
    seconds: sum("seconds"),
    utilization: sum("utilization") / results.length,
  };
}

function throughput({ responses, seconds }: ClosedLoopResult): number {
  return responses / seconds;
}
