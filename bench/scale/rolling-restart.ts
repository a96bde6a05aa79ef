import { setTimeout as pause } from "node:timers/promises";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { routeCallPath } from "../calls/callers.ts";
import { ClioProcess } from "../calls/clio-process.ts";
import { arrivals, openLoop } from "../calls/load.ts";
import { isComplete, metricsUntil } from "../calls/service-metrics.ts";
import { type Figure, quantile } from "../figure.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { outcomeOf, Shares } from "./outcome.ts";

const FIRM = { contacts: 2_000, matters: 1_500, seed: 7 };
/** Beforehand: processes that have been at work are meant. */
const WARM_UP_SECONDS = 5;
/** About what making a container anew takes (milliseconds): a process just started is slow for its first hundred calls. */
const BETWEEN_RESTARTS = 3_000;

/**
 * Calls at a steady rate, while one process after the other is ended by SIGTERM, with the balancer not told, and started
 * again as soon as it has ended; the next one, when the balancer takes it for ready; round after round, as long as the calls last.
 */
export async function rollingRestart({
  directory,
  seconds,
  rate,
}: {
  directory: "live" | "mirror";
  seconds: number;
  /** Requests a second, on average. */
  rate: number;
}): Promise<Figure[]> {
  const random = seededRandom(7);
  const invented = generatedFirm(FIRM);
  await using clio = await ClioProcess.start(FIRM);
  await using cluster = await startCluster(clio.url, { directory });
  await clio.deliver({ deliverTo: cluster.balancer.url });
  const target = await cluster.connectFirm();
  if (directory === "mirror") await metricsUntil(cluster.routers[0]!.url, isComplete);

  const numbers = [...invented.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  const path = (at: number) => {
    const number = random.pick(numbers);
    return at % 2 === 0 ? routeCallPath(number) : `/lookup-contact?phone=${encodeURIComponent(number)}`;
  };
  await openLoop(target, arrivals(random, rate, WARM_UP_SECONDS), path);

  const shares = await Shares.from(cluster.balancer);
  let isOver = false;
  const restarting = restartInTurns(cluster, () => isOver);
  const sent = await openLoop(target, arrivals(random, rate, seconds), path).finally(() => {
    isOver = true;
  });
  const restarts = await restarting;
  const named = (name: string) => `${directory}: ${name}`;
  return [
    { name: "restarts", value: restarts.length, unit: "" },
    {
      name: "ended otherwise than with 0",
      value: restarts.filter(({ code }) => code !== 0).length,
      unit: "",
      target: { atMost: 0 },
    },
    {
      name: "from SIGTERM to the end, slowest",
      value: Math.max(...restarts.map(({ ending }) => ending)),
      unit: "ms",
    },
    {
      name: "from SIGTERM to ready again, median",
      value: quantile(
        restarts.map(({ away }) => away),
        0.5,
      ),
      unit: "ms",
    },
    ...outcomeOf(sent),
    ...(await shares.figures()),
  ].map((figure) => ({ ...figure, name: named(figure.name) }));
}

interface Restart {
  readonly code: number | null;
  /** Milliseconds from the signal to the end, and to the next life being ready. */
  readonly ending: number;
  readonly away: number;
}

async function restartInTurns({ routers, balancer }: Cluster, isOver: () => boolean): Promise<Restart[]> {
  const restarts: Restart[] = [];
  for (let at = 0; !isOver(); at += 1) {
    const router = routers[at % routers.length]!;
    const start = performance.now();
    const code = await router.end("SIGTERM");
    const ending = performance.now() - start;
    await router.start();
    await balancer.untilUp(router.name);
    restarts.push({ code, ending, away: performance.now() - start });
    await pause(BETWEEN_RESTARTS);
  }
  return restarts;
}
