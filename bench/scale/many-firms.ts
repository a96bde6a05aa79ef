import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { poissonArrivals, quantilesOf, runOpenLoop } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { residentMemoryMb } from "../harness/resident-memory.ts";
import { startCluster } from "./cluster.ts";
import { connectFirms } from "./connect-firms.ts";
import { DatabaseProbe } from "./database-probe.ts";
import { ManyFirmsSandbox } from "./many-firms-sandbox.ts";

/** How often the service polls each mirror, and how late a poll may be. */
const POLL_INTERVAL_SECONDS = 300;
const MAX_POLL_DELAY_SECONDS = 60;

/**
 * Many firms on three processes: duration of the initial sync, call latency, memory, and freshness of the mirrors.
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
  /** Calls per second, over all processes. */
  rate: number;
  seconds: number;
  /** For how many seconds the age of the mirrors is watched: more than one poll interval. */
  watch: number;
}): Promise<Measurement[]> {
  const size = { firms, contacts, matters: Math.round(contacts * 0.6) };
  const random = seededRandom(7);
  await using clio = await ManyFirmsSandbox.start(size);
  await using cluster = await startCluster(clio.url, { directory: "mirror" });
  await clio.deliverTo(cluster.balancer.url);
  await using database = new DatabaseProbe(cluster.databaseUrl);

  const start = performance.now();
  const connected = await connectFirms(cluster, size);
  const connectedAfterSeconds = (performance.now() - start) / 1_000;
  while ((await database.completeMirrors()) < firms) await pause(1_000);
  const syncedAfterSeconds = (performance.now() - start) / 1_000;
  const memoryOfAll = () => cluster.routers.map(({ service }) => residentMemoryMb(service.pid));
  const memoryAfterSync = Math.max(...memoryOfAll());

  let maxAgeSeconds = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      maxAgeSeconds = Math.max(maxAgeSeconds, await database.maxMirrorAgeSeconds());
      await pause(1_000);
    }
  })();
  const loadStart = performance.now();
  const firm = () => random.pick(connected);
  const callers = Array.from({ length: Math.ceil(rate * seconds * 1.2) }, firm);
  const paths = callers.map(({ numbers }) => routeCallPath(random.pick(numbers)));
  const runLoad = (loadSeconds: number) =>
    runOpenLoop(
      { url: cluster.balancer.url, key: (at) => callers[at % callers.length]?.key ?? "" },
      poissonArrivals(random, rate, loadSeconds),
      (at) => paths[at % paths.length] ?? "",
    );
  await runLoad(10);
  const responses = await runLoad(seconds);
  const memoryAfterLoad = Math.max(...memoryOfAll());
  // Long enough for one poll of every firm under load, and one without.
  await pause(Math.max(0, watch * 1_000 - (performance.now() - loadStart)));
  isOver = true;
  await watching;
  const latency = quantilesOf(responses);
  const found = responses.filter(({ body }) => body.includes('"found":true')).length;
  return [
    { name: "firms", value: firms, unit: "" },
    { name: "contacts per firm", value: contacts, unit: "" },
    { name: "all connected after", value: connectedAfterSeconds, unit: "s" },
    { name: "all mirrors complete after", value: syncedAfterSeconds, unit: "s" },
    { name: "database", value: await database.sizeMb(), unit: "MB" },
    { name: "requests", value: responses.length, unit: "" },
    {
      name: "failed requests",
      value: responses.filter(({ status }) => status !== 200).length,
      unit: "",
      target: { atMost: 0 },
    },
    { name: "calls with a person to transfer to", value: found, unit: "" },
    { name: "/route-call latency, median", value: latency(0.5), unit: "ms" },
    { name: "/route-call latency, p99", value: latency(0.99), unit: "ms", target: { atMost: 20 } },
    { name: "/route-call latency, p99.9", value: latency(0.999), unit: "ms" },
    { name: "load generator lag, p99", value: quantilesOf(responses, "lagMs")(0.99), unit: "ms" },
    {
      name: "resident memory of the largest process, after the sync",
      value: memoryAfterSync,
      unit: "MB",
      target: { atMost: 300 },
    },
    {
      name: "resident memory of the largest process, after the load",
      value: memoryAfterLoad,
      unit: "MB",
      target: { atMost: 300 },
    },
    {
      name: "age of the stalest mirror, max",
      value: maxAgeSeconds,
      unit: "s",
      target: { atMost: POLL_INTERVAL_SECONDS + MAX_POLL_DELAY_SECONDS },
    },
  ];
}
