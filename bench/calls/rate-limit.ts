import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import { poissonArrivals, quantilesOf, runOpenLoop } from "../harness/load/open-loop.ts";
import { mixedCalls } from "../harness/load/route-call-requests.ts";
import type { Measurement } from "../harness/measurement.ts";
import { answeredFrom, increase, scrapeMetrics } from "../harness/service-metrics.ts";
import type { LargeFirm } from "./large-firm.ts";

const CALLS_PER_MINUTE = 1_000;
const STRANGER_SHARE = 0.1;
/** Clio's limit at peak hours (docs/explanation/how-clio-behaves.md). */
const CLIO_REQUESTS_PER_MINUTE = 50;

/** Many calls at Clio's rate limit, one in ten from a stranger. */
export async function rateLimit(firm: LargeFirm, { minutes }: { minutes: number }): Promise<Measurement[]> {
  const { clio, target } = firm;
  const random = seededRandom(3);
  const arrivals = poissonArrivals(random, CALLS_PER_MINUTE / 60, minutes * 60);
  const { paths, strangers } = mixedCalls(firm, random, {
    count: arrivals.length,
    strangerShare: STRANGER_SHARE,
  });

  // Earlier requests, made without the limit, count for the minute in which they were made.
  await pause(60_000 - (Date.now() % 60_000) + 100);
  const requestsBefore = await clio.requestCount();
  const before = await scrapeMetrics(target.url);
  await clio.setRateLimit(CLIO_REQUESTS_PER_MINUTE);
  try {
    const responses = await runOpenLoop(target, arrivals, (at) => paths[at] ?? "");
    const after = await scrapeMetrics(target.url);
    const increaseOf = (name: string) => increase(before, after, name);
    const known = quantilesOf(responses.filter(({ path }) => !strangers.has(path)));
    return [
      { name: `calls at ${CALLS_PER_MINUTE}/min for ${minutes} min`, value: responses.length, unit: "" },
      { name: "calls from strangers", value: strangers.size, unit: "" },
      {
        name: "answered with 200",
        value: responses.filter(({ status }) => status === 200).length,
        unit: "",
        target: { atLeast: responses.length },
      },
      {
        name: "429 from Clio",
        value: increaseOf('clio_requests_total{status="429"}'),
        unit: "",
        target: { atMost: 0 },
      },
      { name: "Clio requests", value: (await clio.requestCount()) - requestsBefore, unit: "" },
      { name: "answered from the mirror", value: increaseOf(answeredFrom("mirror")), unit: "" },
      { name: "answered with a request to Clio", value: increaseOf(answeredFrom("live")), unit: "" },
      {
        name: "answered without Clio to stay within the limit",
        value: increaseOf(answeredFrom("mirror_without_clio")),
        unit: "",
      },
      { name: "latency of known callers, max", value: known(1), unit: "ms" },
      { name: "latency of all callers, max", value: quantilesOf(responses)(1), unit: "ms" },
    ];
  } finally {
    await clio.setRateLimit(null);
  }
}
