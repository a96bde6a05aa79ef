import { setTimeout as pause } from "node:timers/promises";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { GeneratedSandbox } from "../harness/generated-sandbox.ts";
import { poissonArrivals, runOpenLoop } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";
import { BalancerDistribution } from "./balancer-distribution.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { summarizeLoad } from "./load-summary.ts";

const FIRM = { contacts: 2_000, matters: 1_500, seed: 7 };
const WARM_UP_SECONDS = 5;
/** About as long as recreating a container takes: a new process is slow for its first hundred calls. */
const PAUSE_BETWEEN_RESTARTS_MS = 3_000;

/**
 * Rolling restarts under constant load: stops one process after another with SIGTERM, without telling the balancer, and
 * starts it again. Goes on to the next when the balancer reports it up.
 */
export async function rollingRestart({
  directory,
  seconds,
  rate,
}: {
  directory: "live" | "mirror";
  seconds: number;
  /** Requests per second, on average. */
  rate: number;
}): Promise<Measurement[]> {
  const random = seededRandom(7);
  const generated = generatedFirm(FIRM);
  await using clio = await GeneratedSandbox.start(FIRM);
  await using cluster = await startCluster(clio.url, { directory });
  await clio.configureDeliveries({ deliverTo: cluster.balancer.url });
  const target = await cluster.connectFirm();
  if (directory === "mirror") await waitForMetrics(cluster.routers[0]!.url, mirrorIsComplete);

  const numbers = [...generated.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  const path = (at: number) => {
    const number = random.pick(numbers);
    return at % 2 === 0 ? routeCallPath(number) : `/lookup-contact?phone=${encodeURIComponent(number)}`;
  };
  await runOpenLoop(target, poissonArrivals(random, rate, WARM_UP_SECONDS), path);

  const distribution = await BalancerDistribution.start(cluster.balancer);
  let isOver = false;
  const restarting = restartInTurns(cluster, () => isOver);
  const responses = await runOpenLoop(target, poissonArrivals(random, rate, seconds), path).finally(() => {
    isOver = true;
  });
  const restarts = await restarting;
  return [
    { name: "restarts", value: restarts.length, unit: "" },
    {
      name: "exit codes other than 0",
      value: restarts.filter(({ code }) => code !== 0).length,
      unit: "",
      target: { atMost: 0 },
    },
    {
      name: "SIGTERM to exit, max",
      value: Math.max(...restarts.map(({ exitMs }) => exitMs)),
      unit: "ms",
    },
    {
      name: "SIGTERM to ready again, median",
      value: quantile(
        restarts.map(({ readyMs }) => readyMs),
        0.5,
      ),
      unit: "ms",
    },
    ...summarizeLoad(responses),
    ...(await distribution.measurements()),
  ].map((one) => ({ ...one, name: `${directory}: ${one.name}` }));
}

interface Restart {
  readonly code: number | null;
  /** Milliseconds from the signal to the exit, and until the new process is ready. */
  readonly exitMs: number;
  readonly readyMs: number;
}

async function restartInTurns({ routers, balancer }: Cluster, isOver: () => boolean): Promise<Restart[]> {
  const restarts: Restart[] = [];
  for (let at = 0; !isOver(); at += 1) {
    const router = routers[at % routers.length]!;
    const start = performance.now();
    const code = await router.stop("SIGTERM");
    const exitMs = performance.now() - start;
    await router.start();
    await balancer.untilUp(router.name);
    restarts.push({ code, exitMs, readyMs: performance.now() - start });
    await pause(PAUSE_BETWEEN_RESTARTS_MS);
  }
  return restarts;
}
