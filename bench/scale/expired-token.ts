import { setTimeout as pause } from "node:timers/promises";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import type { Figure } from "../figure.ts";
import { quantile } from "../figure.ts";
import { KeepAlive } from "../keep-alive.ts";
import { startCluster } from "./cluster.ts";

const REQUESTS = 1_000;
const SHORT_LIFE = 4;
const LONG_LIFE = 2_592_000;
/** A token that runs out by itself takes its time; most rounds are on one that Clio refuses before its time. */
const RUNS_OUT_EVERY = 10;

/**
 * A thousand callers at one moment, spread over all processes, on one token that is no good any more; round after round.
 * The sandbox runs in the bench's own process here: it is told to end tokens, and asked what it was asked.
 */
export async function expiredToken({ rounds }: { rounds: number }): Promise<Figure[]> {
  const sandbox = await startSandbox({ requestsPerMinute: Number.POSITIVE_INFINITY });
  try {
    await using cluster = await startCluster(sandbox.url, {
      directory: "live",
      // What is measured is who refreshes. A thousand answers at once take their time on few cores.
      env: { ANSWER_DEADLINE_MS: "20000" },
    });
    const { key } = await cluster.connectFirm();
    const path = `/lookup-contact?phone=${encodeURIComponent(exampleCases.janeDoe.phone)}`;
    const urls = cluster.routers.map(({ url }) => `${url}${path}`);
    const refreshes: number[] = [];
    const slowest: number[] = [];
    let good = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const runsOut = round % RUNS_OUT_EVERY === 0;
      if (runsOut) {
        sandbox.setTokenLifetime(SHORT_LIFE);
        sandbox.expireTokens();
        using one = new KeepAlive(key);
        await one.get(urls[0]!);
        sandbox.setTokenLifetime(LONG_LIFE);
        await pause(SHORT_LIFE * 1_000);
      } else sandbox.expireTokens();
      sandbox.counts.clear();
      using client = new KeepAlive(key);
      const answers = await Promise.all(
        Array.from({ length: REQUESTS }, (_, at) => client.get(urls[at % urls.length]!)),
      );
      refreshes.push(sandbox.counts.get("/oauth/token") ?? 0);
      good += answers.filter(({ status }) => status === 200).length;
      slowest.push(Math.max(...answers.map(({ ms }) => ms)));
    }
    return [
      { name: "rounds", value: rounds, unit: "" },
      {
        name: "refreshes at Clio in a round, most",
        value: Math.max(...refreshes),
        unit: "",
        target: { atMost: 1 },
      },
      {
        name: "refreshes at Clio in a round, fewest",
        value: Math.min(...refreshes),
        unit: "",
        target: { atLeast: 1 },
      },
      { name: "answered with 200", value: good, unit: "", target: { atLeast: rounds * REQUESTS } },
      { name: "slowest answer of a round, median", value: quantile(slowest, 0.5), unit: "ms" },
      { name: "slowest answer of all", value: Math.max(...slowest), unit: "ms" },
    ];
  } finally {
    await sandbox.close();
  }
}
