import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { startPostgres } from "../../testkit/postgres.ts";
import { routeCallPath } from "../calls/callers.ts";
import { ClioProcess } from "../calls/clio-process.ts";
import { arrivals, openLoop, saturate, timesOf } from "../calls/load.ts";
import { isComplete, metricsUntil } from "../calls/service-metrics.ts";
import type { Figure } from "../figure.ts";
import { startServiceAt } from "../processes.ts";
import { residentMegabytes } from "../resident.ts";
import { servicePlace } from "../service-place.ts";

const FIRM = { contacts: 5_000, matters: 3_000, seed: 4 };
const WARM_UP_SECONDS = 10;

/** One process on its embedded database, and one on PostgreSQL: the same firm, the same calls, one after the other. */
export async function engines({ rate, seconds }: { rate: number; seconds: number }): Promise<Figure[]> {
  const server = await startPostgres();
  try {
    const postgres = { DATABASE_URL: await server.freshDatabase() };
    return [
      ...(await measured("embedded", {}, { rate, seconds })),
      ...(await measured("PostgreSQL", postgres, { rate, seconds })),
    ];
  } finally {
    await server.close();
  }
}

async function measured(
  name: string,
  env: Readonly<Record<string, string>>,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Figure[]> {
  const random = seededRandom(7);
  const invented = generatedFirm(FIRM);
  const numbers = [...invented.lines.values()].flatMap((lines) => lines.map(({ e164 }) => e164));
  const path = () => routeCallPath(random.pick(numbers));
  await using clio = await ClioProcess.start(FIRM);
  using place = await servicePlace(clio.url, { directory: "mirror", env });
  await using service = await startServiceAt(place);
  const start = performance.now();
  const target = { url: service.url, key: await service.connectFirm() };
  await metricsUntil(service.url, isComplete);
  const read = (performance.now() - start) / 1_000;
  await openLoop(target, arrivals(random, rate, WARM_UP_SECONDS), path);
  const sent = await openLoop(target, arrivals(random, rate, seconds), path);
  const times = timesOf(sent);
  const full = await saturate(target, { connections: 16, seconds: 10 }, path);
  return [
    { name: `${name}: first read of ${FIRM.contacts} contacts`, value: read, unit: "s" },
    {
      name: `${name}: failed`,
      value: sent.filter(({ status }) => status !== 200).length,
      unit: "",
      target: { atMost: 0 },
    },
    { name: `${name}: median at ${rate} a second`, value: times(0.5), unit: "ms" },
    { name: `${name}: p99 at ${rate} a second`, value: times(0.99), unit: "ms" },
    { name: `${name}: saturated`, value: full.answers / full.seconds, unit: "a second" },
    { name: `${name}: resident memory`, value: residentMegabytes(service.pid), unit: "MB" },
  ];
}
