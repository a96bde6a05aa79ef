import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "../../sandbox/firms/random.ts";
import type { Figure } from "../figure.ts";
import type { BigFirm } from "./big-firm.ts";
import { mixedCalls } from "./callers.ts";
import { arrivals, openLoop, timesOf } from "./load.ts";
import { answeredFrom, growth, metricsOf } from "./service-metrics.ts";

const CALLS_A_MINUTE = 1_000;
const STRANGERS = 0.1;
/** Clio's limit at peak hours (clio-facts, Requests). */
const CLIO_ALLOWS = 50;

/** A busy switchboard on a connection that Clio allows 50 requests a minute, one caller in ten unknown to Clio. */
export async function limit(firm: BigFirm, { minutes }: { minutes: number }): Promise<Figure[]> {
  const { clio, target } = firm;
  const random = seededRandom(3);
  const moments = arrivals(random, CALLS_A_MINUTE / 60, minutes * 60);
  const { paths, strangers } = mixedCalls(firm, random, { count: moments.length, strangers: STRANGERS });

  // What was asked before, without the limit, counts for the minute it was asked in.
  await pause(60_000 - (Date.now() % 60_000) + 100);
  const requestsBefore = await clio.requests();
  const before = await metricsOf(target.url);
  await clio.limit(CLIO_ALLOWS);
  try {
    const sent = await openLoop(target, moments, (at) => paths[at] ?? "");
    const after = await metricsOf(target.url);
    const grown = (name: string) => growth(before, after, name);
    const known = timesOf(sent.filter(({ path }) => !strangers.has(path)));
    return [
      { name: `calls, ${CALLS_A_MINUTE} a minute for ${minutes} min`, value: sent.length, unit: "" },
      { name: "of them strangers", value: strangers.size, unit: "" },
      {
        name: "answered with 200",
        value: sent.filter(({ status }) => status === 200).length,
        unit: "",
        target: { atLeast: sent.length },
      },
      {
        name: "429 from Clio",
        value: grown('clio_requests_total{status="429"}'),
        unit: "",
        target: { atMost: 0 },
      },
      { name: "Clio requests", value: (await clio.requests()) - requestsBefore, unit: "" },
      { name: "answered from the mirror", value: grown(answeredFrom("mirror")), unit: "" },
      { name: "answered with Clio", value: grown(answeredFrom("live")), unit: "" },
      { name: "Clio left alone", value: grown(answeredFrom("mirror_without_clio")), unit: "" },
      { name: "known callers, slowest", value: known(1), unit: "ms" },
      { name: "anybody, slowest", value: timesOf(sent)(1), unit: "ms" },
    ];
  } finally {
    await clio.limit(null);
  }
}
