import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { poissonArrivals, runOpenLoop } from "../harness/load/open-loop.ts";
import { routeCallPath } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { BalancerDistribution } from "./balancer-distribution.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { connectFirms } from "./connect-firms.ts";
import { DatabaseProbe } from "./database-probe.ts";
import { summarizeLoad } from "./load-summary.ts";
import { ManyFirmsSandbox } from "./many-firms-sandbox.ts";

const SIZE = { firms: 6, contacts: 400, matters: 240 };
/** Short, so that tokens are refreshed all the time. */
const TOKEN_LIFETIME_SECONDS = 20;
const FULL_SYNC_INTERVAL_MS = 5_000;
const PROGRESS_CHECK_INTERVAL_MS = 250;
const MAX_PAUSE_BETWEEN_KILLS_MS = 8_000;

/**
 * Kills and restarts random processes under load, while every firm is fully synced again and again and access tokens keep
 * expiring.
 */
export async function crashesUnderLoad({
  minutes,
  rate,
}: {
  minutes: number;
  rate: number;
}): Promise<Measurement[]> {
  const random = seededRandom(7);
  await using clio = await ManyFirmsSandbox.start(SIZE, { "token-lifetime": TOKEN_LIFETIME_SECONDS });
  await using cluster = await startCluster(clio.url, { directory: "mirror" });
  await clio.deliverTo(cluster.balancer.url);
  await using database = new DatabaseProbe(cluster.databaseUrl);
  const connected = await connectFirms(cluster, SIZE);
  while ((await database.completeMirrors()) < SIZE.firms) await pause(250);

  const callers = Array.from({ length: 10_000 }, () => random.pick(connected));
  const paths = callers.map(({ numbers }) => routeCallPath(random.pick(numbers)));
  const distribution = await BalancerDistribution.start(cluster.balancer);
  const load = { isOver: false };
  const syncs = watchSyncs(database, load);
  const killing = killAtRandom(cluster, random, load);
  const responses = await runOpenLoop(
    { url: cluster.balancer.url, key: (at) => callers[at % callers.length]?.key ?? "" },
    poissonArrivals(random, rate, minutes * 60),
    (at) => paths[at % paths.length] ?? "",
  ).finally(() => {
    load.isOver = true;
  });
  const killed = await killing;
  const { maxStallSeconds, fullSyncs } = await syncs;

  // A number that no mirror has makes the service use each firm's token.
  await pause(TOKEN_LIFETIME_SECONDS * 1_000);
  let lost = 0;
  for (const { key } of connected) {
    using client = new KeepAliveClient(key);
    const response = await client.get(`${cluster.balancer.url}${routeCallPath("+12025550199")}`);
    if (response.status !== 200) lost += 1;
  }
  const [revoked] = await database.rows<{ count: string }>(
    "select count(*) from connections where state <> 'connected'",
  );
  return [
    { name: "kills", value: killed, unit: "" },
    ...summarizeLoad(responses),
    ...(await distribution.measurements()),
    { name: "full syncs", value: fullSyncs, unit: "" },
    { name: "longest time without sync progress", value: maxStallSeconds, unit: "s", target: { atMost: 30 } },
    { name: "tokens lost", value: lost + Number(revoked?.count), unit: "", target: { atMost: 0 } },
  ];
}

async function killAtRandom(
  { routers }: Cluster,
  random: { next(): number; pick<T>(from: readonly T[]): T },
  load: { isOver: boolean },
): Promise<number> {
  let killed = 0;
  for (; !load.isOver; killed += 1) {
    const router = random.pick(routers);
    await router.stop("SIGKILL");
    await router.start();
    await pause(random.next() * MAX_PAUSE_BETWEEN_KILLS_MS);
  }
  return killed;
}

/** Requests full syncs of every firm again and again, and measures how long an unfinished one makes no progress. */
async function watchSyncs(
  database: DatabaseProbe,
  load: { isOver: boolean },
): Promise<{ maxStallSeconds: number; fullSyncs: number }> {
  const progress = new Map<string, { mark: string; at: number }>();
  let maxStallSeconds = 0;
  let fullSyncs = 0;
  let requestedAt = 0;
  while (!load.isOver) {
    if (performance.now() - requestedAt > FULL_SYNC_INTERVAL_MS) {
      requestedAt = performance.now();
      await database.rows(
        "update mirrors set pass_wanted = 1, retry_at = 0 where gone = 0 and pass_kind is null",
      );
    }
    const rows = await database.rows<{ firm_id: string; mark: string; busy: boolean; passed_at: string }>(
      `select firm_id, concat_ws(' ', pass_kind, pass_after, pass_begun_at, passed_at) as mark, passed_at,
        (pass_kind is not null or pass_wanted = 1) as busy from mirrors where gone = 0`,
    );
    const now = performance.now();
    for (const { firm_id: firm, mark, busy } of rows) {
      const known = progress.get(firm);
      if (known && known.mark === mark && busy)
        maxStallSeconds = Math.max(maxStallSeconds, (now - known.at) / 1_000);
      else {
        if (known && known.mark.split(" ").at(-1) !== mark.split(" ").at(-1)) fullSyncs += 1;
        progress.set(firm, { mark, at: now });
      }
    }
    await pause(PROGRESS_CHECK_INTERVAL_MS);
  }
  return { maxStallSeconds, fullSyncs };
}
