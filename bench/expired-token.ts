import { setTimeout as pause } from "node:timers/promises";
import { exampleCases } from "../sandbox/firms/example-firm.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { type Figure, quantile } from "./figure.ts";
import { KeepAlive } from "./keep-alive.ts";
import { startServiceProcess } from "./processes.ts";

const REQUESTS = 1_000;
const SHORT_LIFE = 2;
const LONG_LIFE = 2_592_000;

/**
 * A thousand callers at one moment, on a token whose time is up, and on one that Clio refuses before its time. The
 * sandbox runs in the bench's own process here: it is told to end tokens, and asked what it was asked.
 */
export async function expiredToken(): Promise<Figure[]> {
  const sandbox = await startSandbox({
    requestsPerMinute: Number.POSITIVE_INFINITY,
    tokenLifetimeSeconds: SHORT_LIFE,
  });
  try {
    await using service = await startServiceProcess(sandbox.url);
    const key = await service.connectFirm();
    const connected = performance.now();
    sandbox.setTokenLifetime(LONG_LIFE);
    const { phone } = exampleCases.janeDoe;
    const url = `${service.url}/lookup-contact?phone=${encodeURIComponent(phone)}`;

    async function all(name: string): Promise<Figure[]> {
      sandbox.counts.clear();
      using client = new KeepAlive(key);
      const start = performance.now();
      const answers = await Promise.all(Array.from({ length: REQUESTS }, () => client.get(url)));
      const took = performance.now() - start;
      const refreshes = sandbox.counts.get("/oauth/token") ?? 0;
      const good = answers.filter(({ status }) => status === 200).length;
      return [
        { name: `${name}, refreshes at Clio`, value: refreshes, unit: "", target: { atMost: 1 } },
        { name: `${name}, answered with 200`, value: good, unit: "", target: { atLeast: REQUESTS } },
        { name: `${name}, slowest answer`, value: slowest(answers), unit: "ms" },
        { name: `${name}, all of them`, value: took, unit: "ms" },
      ];
    }

    await pause(connected + SHORT_LIFE * 1000 - performance.now());
    const ranOut = await all(`${REQUESTS} at once on a token that ran out`);
    sandbox.expireTokens();
    const refused = await all(`${REQUESTS} at once on a token that Clio refuses`);
    return [...ranOut, ...refused];
  } finally {
    await sandbox.close();
  }
}

function slowest(answers: readonly { ms: number }[]): number {
  return quantile(
    answers.map(({ ms }) => ms),
    1,
  );
}
