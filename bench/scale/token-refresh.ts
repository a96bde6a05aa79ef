import { setTimeout as pause } from "node:timers/promises";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import type { Measurement } from "../harness/measurement.ts";
import { quantile } from "../harness/measurement.ts";
import { startCluster } from "./cluster.ts";

const REQUESTS = 1_000;
const SHORT_LIFETIME_SECONDS = 4;
const LONG_LIFETIME_SECONDS = 2_592_000;
/** Waiting for a token to expire takes seconds, so in nine of ten rounds Clio revokes it instead. */
const ROUNDS_PER_EXPIRY = 10;

/**
 * A thousand concurrent requests over all processes on one expired or revoked access token, round after round: a single
 * refresh has to serve them all. The sandbox runs in this process, so that the benchmark can expire tokens and count
 * requests.
 */
export async function tokenRefresh({ rounds }: { rounds: number }): Promise<Measurement[]> {
  const sandbox = await startSandbox({ requestsPerMinute: Number.POSITIVE_INFINITY });
  try {
    await using cluster = await startCluster(sandbox.url, {
      directory: "live",
      // The benchmark measures refreshes. A thousand concurrent answers take long on few cores.
      env: { ANSWER_DEADLINE_MS: "20000" },
    });
    const { key } = await cluster.connectFirm();
    const path = `/lookup-contact?phone=${encodeURIComponent(exampleCases.janeDoe.phone)}`;
    const urls = cluster.routers.map(({ url }) => `${url}${path}`);
    const refreshes: number[] = [];
    const maxLatencies: number[] = [];
    let succeeded = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const expires = round % ROUNDS_PER_EXPIRY === 0;
      if (expires) {
        sandbox.setTokenLifetime(SHORT_LIFETIME_SECONDS);
        sandbox.expireTokens();
        using one = new KeepAliveClient(key);
        await one.get(urls[0]!);
        sandbox.setTokenLifetime(LONG_LIFETIME_SECONDS);
        await pause(SHORT_LIFETIME_SECONDS * 1_000);
      } else sandbox.expireTokens();
      sandbox.counts.clear();
      using client = new KeepAliveClient(key);
      const responses = await Promise.all(
        Array.from({ length: REQUESTS }, (_, at) => client.get(urls[at % urls.length]!)),
      );
      refreshes.push(sandbox.counts.get("/oauth/token") ?? 0);
      succeeded += responses.filter(({ status }) => status === 200).length;
      maxLatencies.push(Math.max(...responses.map(({ ms }) => ms)));
    }
    return [
      { name: "rounds", value: rounds, unit: "" },
      {
        name: "token refreshes per round, max",
        value: Math.max(...refreshes),
        unit: "",
        target: { atMost: 1 },
      },
      {
        name: "token refreshes per round, min",
        value: Math.min(...refreshes),
        unit: "",
        target: { atLeast: 1 },
      },
      { name: "answered with 200", value: succeeded, unit: "", target: { atLeast: rounds * REQUESTS } },
      { name: "max latency of a round, median", value: quantile(maxLatencies, 0.5), unit: "ms" },
      { name: "max latency of all rounds", value: Math.max(...maxLatencies), unit: "ms" },
    ];
  } finally {
    await sandbox.close();
  }
}
