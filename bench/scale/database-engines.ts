import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { startPostgres } from "../../testkit/postgres.ts";
import { createServiceEnvironment } from "../../testkit/service-environment.ts";
import { startServiceIn } from "../../testkit/service-process.ts";
import { GeneratedSandbox } from "../harness/generated-sandbox.ts";
import { runClosedLoop } from "../harness/load/closed-loop.ts";
import { poissonArrivals, quantilesOf, runOpenLoop } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { residentMemoryMb } from "../harness/resident-memory.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";

const FIRM = { contacts: 5_000, matters: 3_000, seed: 4 };
const WARM_UP_SECONDS = 10;

/** One process on SQLite, then one on PostgreSQL, with the same firm and the same calls. */
export async function databaseEngines({
  rate,
  seconds,
}: {
  rate: number;
  seconds: number;
}): Promise<Measurement[]> {
  const server = await startPostgres();
  try {
    const postgres = { DATABASE_URL: await server.freshDatabase() };
    return [
      ...(await measureEngine("SQLite", {}, { rate, seconds })),
      ...(await measureEngine("PostgreSQL", postgres, { rate, seconds })),
    ];
  } finally {
    await server.close();
  }
}

async function measureEngine(
  name: string,
  env: Readonly<Record<string, string>>,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Measurement[]> {
  const random = seededRandom(7);
  const generated = generatedFirm(FIRM);
  const numbers = [...generated.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  const path = () => routeCallPath(random.pick(numbers));
  await using clio = await GeneratedSandbox.start(FIRM);
  using environment = await createServiceEnvironment(clio.url, { directory: "mirror", env });
  await using service = await startServiceIn(environment);
  const start = performance.now();
  const target = { url: service.url, key: await service.connectFirm() };
  await waitForMetrics(service.url, mirrorIsComplete);
  const syncSeconds = (performance.now() - start) / 1_000;
  await runOpenLoop(target, poissonArrivals(random, rate, WARM_UP_SECONDS), path);
  const responses = await runOpenLoop(target, poissonArrivals(random, rate, seconds), path);
  const latency = quantilesOf(responses);
  const saturated = await runClosedLoop(target, { connections: 16, seconds: 10 }, path);
  return [
    { name: `${name}: initial sync of ${FIRM.contacts} contacts`, value: syncSeconds, unit: "s" },
    {
      name: `${name}: failed requests`,
      value: responses.filter(({ status }) => status !== 200).length,
      unit: "",
      target: { atMost: 0 },
    },
    { name: `${name}: latency at ${rate}/s, median`, value: latency(0.5), unit: "ms" },
    { name: `${name}: latency at ${rate}/s, p99`, value: latency(0.99), unit: "ms" },
    { name: `${name}: throughput`, value: saturated.responses / saturated.seconds, unit: "/s" },
    { name: `${name}: resident memory`, value: residentMemoryMb(service.pid), unit: "MB" },
  ];
}
