import { setTimeout as pause } from "node:timers/promises";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { GeneratedSandbox } from "../harness/generated-sandbox.ts";
import { poissonArrivals, runOpenLoop, type TimedResponse } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";
import { startCluster } from "./cluster.ts";

const FIRM = { contacts: 2_000, matters: 1_500, seed: 7 };
const SECONDS_BEFORE = 5;
const SECONDS_AFTER = 15;

/** PostgreSQL restarts under load: after a clean shutdown, after a crash, and after a minute's outage. */
export async function postgresRestart({ rate }: { rate: number }): Promise<Measurement[]> {
  const random = seededRandom(7);
  const generated = generatedFirm(FIRM);
  const numbers = [...generated.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  await using clio = await GeneratedSandbox.start(FIRM);
  await using cluster = await startCluster(clio.url, { directory: "mirror" });
  await clio.configureDeliveries({ deliverTo: cluster.balancer.url });
  const target = await cluster.connectFirm();
  await waitForMetrics(cluster.routers[0]!.url, mirrorIsComplete);

  const measurements: Measurement[] = [];
  for (const { name, mode, downSeconds } of [
    { name: "clean shutdown, 5 s down", mode: "fast", downSeconds: 5 },
    { name: "crash, 5 s down", mode: "immediate", downSeconds: 5 },
    { name: "crash, 60 s down", mode: "immediate", downSeconds: 60 },
  ] as const) {
    const start = performance.now();
    const load = runOpenLoop(
      target,
      poissonArrivals(random, rate, SECONDS_BEFORE + downSeconds + SECONDS_AFTER),
      () => routeCallPath(random.pick(numbers)),
    );
    await pause(SECONDS_BEFORE * 1_000);
    await cluster.postgres.stop(mode);
    const stoppedMs = performance.now() - start;
    await pause(downSeconds * 1_000);
    await cluster.postgres.start();
    const restartedMs = performance.now() - start;
    measurements.push(...summarizeOutage(name, await load, { stoppedMs, restartedMs }));
  }
  for (const { name, service } of cluster.routers) {
    service.assertRunning();
    process.stderr.write(`${name} kept running\n`);
  }
  return measurements;
}

/** @param times when the server was stopped and restarted, in milliseconds from the start of the load */
function summarizeOutage(
  name: string,
  responses: readonly TimedResponse[],
  { stoppedMs, restartedMs }: { stoppedMs: number; restartedMs: number },
): Measurement[] {
  const failed = responses.filter(({ status }) => status !== 200);
  const answeredAt = ({ dueMs, latencyMs }: TimedResponse) => dueMs + latencyMs;
  const last = failed.length > 0 ? Math.max(...failed.map(answeredAt)) : restartedMs;
  const withoutCode = failed.filter(({ status, body }) => status === 0 || !body.includes('"code":"'));
  return [
    { name: `${name}: requests`, value: responses.length, unit: "" },
    {
      name: `${name}: failed before the shutdown`,
      value: failed.filter(({ dueMs }) => dueMs < stoppedMs - 1_000).length,
      unit: "",
      target: { atMost: 0 },
    },
    { name: `${name}: failed`, value: failed.length, unit: "" },
    {
      name: `${name}: failed without an error code`,
      value: withoutCode.length,
      unit: "",
      target: { atMost: 0 },
    },
    {
      name: `${name}: max latency`,
      value: Math.max(...responses.map(({ latencyMs }) => latencyMs)),
      unit: "ms",
      target: { atMost: 2_600 },
    },
    {
      name: `${name}: last failure after the restart`,
      value: Math.max(0, last - restartedMs),
      unit: "ms",
      target: { atMost: 5_000 },
    },
  ];
}
