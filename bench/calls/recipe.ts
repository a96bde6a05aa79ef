import { seededRandom } from "../../sandbox/firms/random.ts";
import { accessToken } from "../access-token.ts";
import { directRecipe, routeCall, type Way } from "../accuracy/ways.ts";
import { type Figure, quantile } from "../figure.ts";
import type { BigFirm } from "./big-firm.ts";

const CALLERS = 40;
/** What a request to Clio is taken to last. */
const CLIO_TAKES = 250;

/** What a call costs by the guide's recipe, two requests to Clio, and what it costs here: the same callers. */
export async function recipe({ clio, target, numbers }: BigFirm): Promise<Figure[]> {
  const random = seededRandom(2);
  const callers = Array.from({ length: CALLERS }, () => random.pick(numbers));
  await clio.fault({ kind: "latency", ms: CLIO_TAKES });
  try {
    const token = await accessToken(clio.url);
    const direct = await costOf(directRecipe(clio.url, token));
    const here = await costOf(routeCall(target.url, target.key, ({ e164 }) => ({ caller_id: e164 })));
    return [
      { name: `the guide's recipe, Clio at ${CLIO_TAKES} ms a request, median`, ...direct.median },
      { name: "the guide's recipe, Clio requests a call", ...direct.requests },
      { name: "/route-call, median", ...here.median },
      { name: "/route-call, Clio requests a call", ...here.requests, target: { atMost: 0 } },
      { name: "times as fast", value: direct.median.value / here.median.value, unit: "" },
    ];
  } finally {
    await clio.clearFaults();
  }

  async function costOf(way: Way) {
    const before = await clio.requests();
    const times: number[] = [];
    for (const e164 of callers)
      times.push((await way({ e164, lastFour: e164.slice(-4), name: "" })).milliseconds);
    const requests = (await clio.requests()) - before;
    return {
      median: { value: quantile(times, 0.5), unit: "ms" },
      requests: { value: requests / CALLERS, unit: "" },
    };
  }
}
