import { setTimeout as pause } from "node:timers/promises";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { startServiceProcess } from "../../testkit/service-process.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";

const REQUESTS = 1_000;
const SHORT_LIFETIME_SECONDS = 2;
const LONG_LIFETIME_SECONDS = 2_592_000;

/**
 * A thousand concurrent requests on an expired access token, and on one that Clio revoked early: a single refresh has to
 * serve them all. The sandbox runs in this process, so that the benchmark can expire tokens and count requests.
 */
export async function tokenRefresh(): Promise<Measurement[]> {
  const sandbox = await startSandbox({
    requestsPerMinute: Number.POSITIVE_INFINITY,
    tokenLifetimeSeconds: SHORT_LIFETIME_SECONDS,
  });
  try {
    await using service = await startServiceProcess(sandbox.url);
    const key = await service.connectFirm();
    const connected = performance.now();
    sandbox.setTokenLifetime(LONG_LIFETIME_SECONDS);
    const { phone } = exampleCases.janeDoe;
    const url = `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`;

    async function sendAll(name: string): Promise<Measurement[]> {
      sandbox.counts.clear();
      using client = new KeepAliveClient(key);
      const start = performance.now();
      const responses = await Promise.all(Array.from({ length: REQUESTS }, () => client.get(url)));
      const tookMs = performance.now() - start;
      const refreshes = sandbox.counts.get("/oauth/token") ?? 0;
      const succeeded = responses.filter(({ status }) => status === 200).length;
      return [
        { name: `${name}, refreshes at Clio`, value: refreshes, unit: "", target: { atMost: 1 } },
        { name: `${name}, answered with 200`, value: succeeded, unit: "", target: { atLeast: REQUESTS } },
        { name: `${name}, max latency`, value: maxLatency(responses), unit: "ms" },
        { name: `${name}, total time`, value: tookMs, unit: "ms" },
      ];
    }

    await pause(connected + SHORT_LIFETIME_SECONDS * 1000 - performance.now());
    const expired = await sendAll(`${REQUESTS} concurrent requests, expired token`);
    sandbox.expireTokens();
    const revoked = await sendAll(`${REQUESTS} concurrent requests, revoked token`);
    return [...expired, ...revoked];
  } finally {
    await sandbox.close();
  }
}

function maxLatency(responses: readonly { ms: number }[]): number {
  return quantile(
    responses.map(({ ms }) => ms),
    1,
  );
}
