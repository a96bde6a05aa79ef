import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { routeCallPath } from "../calls/callers.ts";
import { arrivals, openLoop } from "../calls/load.ts";
import type { Figure } from "../figure.ts";
import { KeepAlive } from "../keep-alive.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { connectFirms } from "./connected-firms.ts";
import { Database } from "./database.ts";
import { FirmsClio } from "./firms-clio.ts";
import { outcomeOf, Shares } from "./outcome.ts";

const SIZE = { firms: 6, contacts: 400, matters: 240 };
/** Short, so that tokens are refreshed all the time. */
const TOKEN_LIFETIME = 20;
const READ_AGAIN_EVERY = 5_000;
const LOOKS_EVERY = 250;
const BETWEEN_KILLS = 8_000;

/**
 * Processes are killed at random under load, and started again, while every firm is read from end to end again and again
 * and tokens run out all the time.
 */
export async function kills({ minutes, rate }: { minutes: number; rate: number }): Promise<Figure[]> {
  const random = seededRandom(7);
  await using clio = await FirmsClio.start(SIZE, { "token-lifetime": TOKEN_LIFETIME });
  await using cluster = await startCluster(clio.url, { directory: "mirror" });
  await clio.deliverTo(cluster.balancer.url);
  await using database = new Database(cluster.databaseUrl);
  const connected = await connectFirms(cluster, SIZE);
  while ((await database.complete()) < SIZE.firms) await pause(250);

  const asked = Array.from({ length: 10_000 }, () => random.pick(connected));
  const paths = asked.map(({ numbers }) => routeCallPath(random.pick(numbers)));
  const shares = await Shares.from(cluster.balancer);
  const over = { isOver: false };
  const readers = watchReaders(database, over);
  const killing = killAtRandom(cluster, random, over);
  const sent = await openLoop(
    { url: cluster.balancer.url, key: (at) => asked[at % asked.length]?.key ?? "" },
    arrivals(random, rate, minutes * 60),
    (at) => paths[at % paths.length] ?? "",
  ).finally(() => {
    over.isOver = true;
  });
  const killed = await killing;
  const { stalled, passes } = await readers;

  // Every token is asked for something that the mirror cannot know.
  await pause(TOKEN_LIFETIME * 1_000);
  let lost = 0;
  for (const { key } of connected) {
    using client = new KeepAlive(key);
    const answer = await client.get(`${cluster.balancer.url}${routeCallPath("+12025550199")}`);
    if (answer.status !== 200) lost += 1;
  }
  const [revoked] = await database.rows<{ count: string }>(
    "select count(*) from connections where state <> 'connected'",
  );
  return [
    { name: "kills", value: killed, unit: "" },
    ...outcomeOf(sent),
    ...(await shares.figures()),
    { name: "firms read from end to end meanwhile", value: passes, unit: "" },
    { name: "longest that a firm's reading stood still", value: stalled, unit: "s", target: { atMost: 30 } },
    { name: "tokens lost", value: lost + Number(revoked?.count), unit: "", target: { atMost: 0 } },
  ];
}

async function killAtRandom(
  { routers }: Cluster,
  random: { next(): number; pick<T>(from: readonly T[]): T },
  over: { isOver: boolean },
): Promise<number> {
  let killed = 0;
  for (; !over.isOver; killed += 1) {
    const router = random.pick(routers);
    await router.end("SIGKILL");
    await router.start();
    await pause(random.next() * BETWEEN_KILLS);
  }
  return killed;
}

/** Has every firm read again and again, and sees how long any of them makes no progress with something left to do. */
async function watchReaders(
  database: Database,
  over: { isOver: boolean },
): Promise<{ stalled: number; passes: number }> {
  const progress = new Map<string, { mark: string; at: number }>();
  let stalled = 0;
  let passes = 0;
  let wantedAt = 0;
  while (!over.isOver) {
    if (performance.now() - wantedAt > READ_AGAIN_EVERY) {
      wantedAt = performance.now();
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
      if (known && known.mark === mark && busy) stalled = Math.max(stalled, (now - known.at) / 1_000);
      else {
        if (known && known.mark.split(" ").at(-1) !== mark.split(" ").at(-1)) passes += 1;
        progress.set(firm, { mark, at: now });
      }
    }
    await pause(LOOKS_EVERY);
  }
  return { stalled, passes };
}
