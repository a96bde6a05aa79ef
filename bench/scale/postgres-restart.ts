import { setTimeout as pause } from "node:timers/promises";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { routeCallPath } from "../calls/callers.ts";
import { ClioProcess } from "../calls/clio-process.ts";
import { arrivals, openLoop, type Sent } from "../calls/load.ts";
import { isComplete, metricsUntil } from "../calls/service-metrics.ts";
import type { Figure } from "../figure.ts";
import { startCluster } from "./cluster.ts";

const FIRM = { contacts: 2_000, matters: 1_500, seed: 7 };
const SECONDS_BEFORE = 5;
const SECONDS_AFTER = 15;

/** PostgreSQL is taken away under load and comes back: orderly, by a crash, and for a minute. */
export async function postgresRestart({ rate }: { rate: number }): Promise<Figure[]> {
  const random = seededRandom(7);
  const invented = generatedFirm(FIRM);
  const numbers = [...invented.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  await using clio = await ClioProcess.start(FIRM);
  await using cluster = await startCluster(clio.url, { directory: "mirror" });
  await clio.deliver({ deliverTo: cluster.balancer.url });
  const target = await cluster.connectFirm();
  await metricsUntil(cluster.routers[0]!.url, isComplete);

  const figures: Figure[] = [];
  for (const { name, how, away } of [
    { name: "stopped in order, away for 5 s", how: "fast", away: 5 },
    { name: "crashed, away for 5 s", how: "immediate", away: 5 },
    { name: "crashed, away for 60 s", how: "immediate", away: 60 },
  ] as const) {
    const start = performance.now();
    const load = openLoop(target, arrivals(random, rate, SECONDS_BEFORE + away + SECONDS_AFTER), () =>
      routeCallPath(random.pick(numbers)),
    );
    const moments = load.then((sent) => sent);
    await pause(SECONDS_BEFORE * 1_000);
    await cluster.postgres.stop(how);
    const gone = performance.now() - start;
    await pause(away * 1_000);
    await cluster.postgres.start();
    const back = performance.now() - start;
    figures.push(...outcome(name, await moments, { gone, back }));
  }
  for (const { name, service } of cluster.routers) {
    service.mustRun();
    process.stderr.write(`${name} is still the process that was started\n`);
  }
  return figures;
}

/** @param times when the server was gone and when it was back, in milliseconds from the first request's start */
function outcome(
  name: string,
  sent: readonly Sent[],
  { gone, back }: { gone: number; back: number },
): Figure[] {
  const failed = sent.filter(({ status }) => status !== 200);
  const answeredAt = ({ due, ms }: Sent) => due + ms;
  const last = failed.length > 0 ? Math.max(...failed.map(answeredAt)) : back;
  const without = failed.filter(({ status, body }) => status === 0 || !body.includes('"code":"'));
  return [
    { name: `${name}: requests`, value: sent.length, unit: "" },
    {
      name: `${name}: failed before it was gone`,
      value: failed.filter(({ due }) => due < gone - 1_000).length,
      unit: "",
      target: { atMost: 0 },
    },
    { name: `${name}: failed`, value: failed.length, unit: "" },
    {
      name: `${name}: failed without the contract's error`,
      value: without.length,
      unit: "",
      target: { atMost: 0 },
    },
    {
      name: `${name}: slowest answer`,
      value: Math.max(...sent.map(({ ms }) => ms)),
      unit: "ms",
      target: { atMost: 2_600 },
    },
    {
      name: `${name}: last failure after its return`,
      value: Math.max(0, last - back),
      unit: "ms",
      target: { atMost: 5_000 },
    },
  ];
}
