import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { routeCallPath } from "../calls/callers.ts";
import { arrivals, openLoop, timesOf } from "../calls/load.ts";
import type { Figure } from "../figure.ts";
import { residentMegabytes } from "../resident.ts";
import { startCluster } from "./cluster.ts";
import { connectFirms } from "./connected-firms.ts";
import { Database } from "./database.ts";
import { FirmsClio } from "./firms-clio.ts";

/** `POLL_INTERVAL` of the mirrors, and what may come on top, in seconds. */
const POLL_INTERVAL = 300;
const LATE_BY = 60;

/**
 * Many firms over three processes: what their first reading takes, how calls are answered with all of them there, what a
 * process needs, and whether every mirror is kept fresh.
 */
export async function manyFirms({
  firms,
  contacts,
  rate,
  seconds,
  watch,
}: {
  firms: number;
  contacts: number;
  /** Calls a second, over all processes. */
  rate: number;
  seconds: number;
  /** For how long the age of the mirrors is looked at, in seconds: more than one poll. */
  watch: number;
}): Promise<Figure[]> {
  const size = { firms, contacts, matters: Math.round(contacts * 0.6) };
  const random = seededRandom(7);
  await using clio = await FirmsClio.start(size);
  await using cluster = await startCluster(clio.url, { directory: "mirror" });
  await clio.deliverTo(cluster.balancer.url);
  await using database = new Database(cluster.databaseUrl);

  const start = performance.now();
  const connected = await connectFirms(cluster, size);
  const connectedAfter = (performance.now() - start) / 1_000;
  while ((await database.complete()) < firms) await pause(1_000);
  const readAfter = (performance.now() - start) / 1_000;
  const resident = () => cluster.routers.map(({ service }) => residentMegabytes(service.pid));
  const residentRead = Math.max(...resident());

  let oldest = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      oldest = Math.max(oldest, await database.oldestMirror());
      await pause(1_000);
    }
  })();
  const begun = performance.now();
  const firm = () => random.pick(connected);
  const asked = Array.from({ length: Math.ceil(rate * seconds * 1.2) }, firm);
  const paths = asked.map(({ numbers }) => routeCallPath(random.pick(numbers)));
  const load = (span: number) =>
    openLoop(
      { url: cluster.balancer.url, key: (at) => asked[at % asked.length]?.key ?? "" },
      arrivals(random, rate, span),
      (at) => paths[at % paths.length] ?? "",
    );
  await load(10);
  const sent = await load(seconds);
  const residentBusy = Math.max(...resident());
  // Long enough that every firm was polled at least once with calls beside, and once without.
  await pause(Math.max(0, watch * 1_000 - (performance.now() - begun)));
  isOver = true;
  await watching;
  const times = timesOf(sent);
  const found = sent.filter(({ body }) => body.includes('"found":true')).length;
  return [
    { name: "firms", value: firms, unit: "" },
    { name: "contacts of each", value: contacts, unit: "" },
    { name: "all connected after", value: connectedAfter, unit: "s" },
    { name: "all mirrors complete after", value: readAfter, unit: "s" },
    { name: "database", value: await database.megabytes(), unit: "MB" },
    { name: "requests", value: sent.length, unit: "" },
    {
      name: "failed",
      value: sent.filter(({ status }) => status !== 200).length,
      unit: "",
      target: { atMost: 0 },
    },
    { name: "somebody to transfer to", value: found, unit: "" },
    { name: "/route-call, median", value: times(0.5), unit: "ms" },
    { name: "/route-call, p99", value: times(0.99), unit: "ms", target: { atMost: 20 } },
    { name: "/route-call, p99.9", value: times(0.999), unit: "ms" },
    { name: "the load generator's own lag, p99", value: timesOf(sent, "late")(0.99), unit: "ms" },
    {
      name: "resident memory of a process, largest, after reading",
      value: residentRead,
      unit: "MB",
      target: { atMost: 300 },
    },
    {
      name: "resident memory of a process, largest, after the calls",
      value: residentBusy,
      unit: "MB",
      target: { atMost: 300 },
    },
    { name: "oldest mirror", value: oldest, unit: "s", target: { atMost: POLL_INTERVAL + LATE_BY } },
  ];
}
