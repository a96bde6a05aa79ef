import { setTimeout as pause } from "node:timers/promises";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { createServiceEnvironment } from "../../testkit/service-environment.ts";
import { startServiceIn } from "../../testkit/service-process.ts";
import { poissonArrivals, quantilesOf, runOpenLoop } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";
import { ReportingPlatform } from "./reporting-platform.ts";

const CONTACTS = 2_000;
const CALLS_PER_SECOND = 200;
const CALM_MS = 2_000;

/**
 * How fast reports are acknowledged while Clio accepts 50 requests a minute, and whether calls beside them are answered more
 * slowly.
 */
export async function reportLatency({
  ratePerSecond,
  seconds,
}: {
  ratePerSecond: number;
  seconds: number;
}): Promise<Measurement[]> {
  const random = seededRandom(17);
  const generated = generatedFirm({ contacts: CONTACTS, seed: 17 });
  const sandbox = await startSandbox({
    firms: [generated.firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
  });
  try {
    using environment = await createServiceEnvironment(sandbox.url, { directory: "mirror", https: true });
    await using service = await startServiceIn(environment);
    const key = await environment.connectFirm();
    await waitForMetrics(service.url, mirrorIsComplete);
    sandbox.setRequestsPerMinute(50);

    const numbers = generated.firm.contacts.flatMap(({ id }) =>
      (generated.lines.get(id) ?? []).map(({ e164 }) => e164),
    );
    const callers = Array.from({ length: 10_000 }, () => routeCallPath(random.pick(numbers)));
    const load = () =>
      runOpenLoop(
        { url: service.url, key },
        poissonArrivals(random, CALLS_PER_SECOND, seconds),
        (at) => callers[at % callers.length] ?? "",
      );
    await load();
    await pause(CALM_MS);
    const alone = quantilesOf(await load());
    await pause(CALM_MS);
    const reportAt = async (round: number) => {
      const platform = new ReportingPlatform(() => [service.url], key);
      const calls = Array.from({ length: ratePerSecond * seconds }, (_, index) => ({
        callId: `call-${round}-${index}`,
        number: random.pick(numbers),
        isLookedUp: false,
      }));
      await platform.reportAll(calls, ratePerSecond);
      return platform;
    };
    await reportAt(0);
    await pause(CALM_MS);
    // Measured without the calls: they are sent by the same process, which waits for their time without rest.
    const platform = await reportAt(1);
    await pause(CALM_MS);
    const [beside] = await Promise.all([load(), reportAt(2)]);
    const besideQuantiles = quantilesOf(beside);
    return [
      { name: "reports a second", value: ratePerSecond, unit: "" },
      {
        name: "reports acknowledged",
        value: platform.acknowledged.size,
        unit: "",
        target: { atLeast: ratePerSecond * seconds },
      },
      { name: "report, median", value: quantile(platform.latencies, 0.5), unit: "ms" },
      { name: "report, p99", value: quantile(platform.latencies, 0.99), unit: "ms", target: { atMost: 50 } },
      { name: "report, max", value: quantile(platform.latencies, 1), unit: "ms", target: { atMost: 500 } },
      { name: "/route-call alone, median", value: alone(0.5), unit: "ms" },
      { name: "/route-call beside it, median", value: besideQuantiles(0.5), unit: "ms" },
      { name: "/route-call alone, p99", value: alone(0.99), unit: "ms" },
      { name: "/route-call beside it, p99", value: besideQuantiles(0.99), unit: "ms" },
    ];
  } finally {
    await sandbox.close();
  }
}
