import { signIn } from "../../sandbox/connect-firm.ts";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { startServiceProcess } from "../../testkit/service-process.ts";
import { GeneratedSandbox } from "../harness/generated-sandbox.ts";
import { KeepAliveClient } from "../harness/keep-alive-client.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { mirrorIsComplete, waitForMetrics } from "../harness/service-metrics.ts";

/** About 20,000 of the matters are open or pending. */
const FIRM = { contacts: 30_500, matters: 30_500, seed: 4 };
const VIEWS = 40;

/**
 * `/transfer-rules` of a firm with about 20,000 open and pending matters, with a complete mirror: for the lookup account, and
 * for a user whose matters have to be listed by Clio first. The sandbox has no rate limit.
 */
export async function transferRules(): Promise<Measurement[]> {
  const { firm, lines } = generatedFirm(FIRM);
  const live = firm.matters.filter(({ status }) => status !== "Closed").length;
  const [owner, colleague] = firm.users.filter(({ enabled }) => enabled);
  const caller = [...lines.values()].flat()[0];
  if (!owner || !colleague || !caller) throw new Error("the generated firm has no users or numbers");
  await using clio = await GeneratedSandbox.start(FIRM);
  await using service = await startServiceProcess(clio.url, { directory: "mirror" });
  const key = await service.connectFirm();
  await waitForMetrics(service.url, mirrorIsComplete);

  const open = async (userId: number) => (await signIn({ serviceUrl: service.url, userId })).open;
  const openAsOwner = await open(owner.id);
  const firstPage = timed(() => openAsOwner("/transfer-rules"));
  const slowestCall = await slowestUntil(
    firstPage,
    key,
    `${service.url}/route-call?caller_id=${encodeURIComponent(caller.e164)}`,
  );
  const asOwner = await viewsOf(openAsOwner);

  const openAsColleague = await open(colleague.id);
  const before = (await clio.requestCounts()).get("/api/v4/matters") ?? 0;
  while ((await openAsColleague("/transfer-rules.json")).status === 202);
  const requests = ((await clio.requestCounts()).get("/api/v4/matters") ?? 0) - before;
  const asColleague = await viewsOf(openAsColleague);
  return [
    { name: "open and pending matters", value: live, unit: "" },
    { name: "first page of the lookup account", value: await firstPage, unit: "ms" },
    { name: "slowest call meanwhile", value: slowestCall, unit: "ms" },
    { name: "next pages, median", value: quantile(asOwner, 0.5), unit: "ms", target: { atMost: 300 } },
    { name: "next pages, max", value: quantile(asOwner, 1), unit: "ms", target: { atMost: 300 } },
    { name: "requests to list another user's matters", value: requests, unit: "" },
    {
      name: "that user's next pages, median",
      value: quantile(asColleague, 0.5),
      unit: "ms",
      target: { atMost: 300 },
    },
    {
      name: "that user's next pages, max",
      value: quantile(asColleague, 1),
      unit: "ms",
      target: { atMost: 300 },
    },
  ];
}

type Open = (path: string) => Promise<Response>;

async function viewsOf(open: Open): Promise<number[]> {
  const times: number[] = [];
  for (let view = 0; view < VIEWS; view += 1) times.push(await timed(() => open("/transfer-rules")));
  return times;
}

async function timed(request: () => Promise<Response>): Promise<number> {
  const start = performance.now();
  const response = await request();
  await response.text();
  if (response.status !== 200) throw new Error(`the page responded with ${response.status}`);
  return performance.now() - start;
}

/** Calls one after the other until the work is done. Returns the slowest call's milliseconds. */
async function slowestUntil(work: Promise<unknown>, key: string, url: string): Promise<number> {
  let isDone = false;
  work.finally(() => {
    isDone = true;
  });
  using client = new KeepAliveClient(key);
  const times: number[] = [];
  while (!isDone) times.push((await client.get(url)).ms);
  return quantile(times, 1);
}
