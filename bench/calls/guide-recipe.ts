import { seededRandom } from "../../sandbox/firms/random.ts";
import { guideRecipe, type LookupMethod, routeCallMethod } from "../accuracy/lookup-methods.ts";
import { type Measurement, quantile } from "../harness/measurement.ts";
import { sandboxAccessToken } from "../harness/sandbox-access-token.ts";
import type { LargeFirm } from "./large-firm.ts";

const CALLERS = 40;
/** Assumed latency of a request to Clio. */
const CLIO_LATENCY_MS = 250;

/** `/route-call` against the baseline, the recipe of Upfirst's guide: two requests to Clio per call. Same callers. */
export async function compareWithGuideRecipe({ clio, target, numbers }: LargeFirm): Promise<Measurement[]> {
  const random = seededRandom(2);
  const callers = Array.from({ length: CALLERS }, () => random.pick(numbers));
  await clio.injectFault({ kind: "latency", ms: CLIO_LATENCY_MS });
  try {
    const token = await sandboxAccessToken(clio.url);
    const baseline = await measure(guideRecipe(clio.url, token));
    const ours = await measure(routeCallMethod(target.url, target.key, ({ e164 }) => ({ caller_id: e164 })));
    return [
      {
        name: `baseline (the guide's recipe), Clio at ${CLIO_LATENCY_MS} ms a request, median`,
        ...baseline.median,
      },
      { name: "baseline, Clio requests per call", ...baseline.requests },
      { name: "/route-call, median", ...ours.median },
      { name: "/route-call, Clio requests per call", ...ours.requests, target: { atMost: 0 } },
      { name: "speedup", value: baseline.median.value / ours.median.value, unit: "" },
    ];
  } finally {
    await clio.clearFaults();
  }

  async function measure(method: LookupMethod) {
    const before = await clio.requestCount();
    const times: number[] = [];
    for (const e164 of callers)
      times.push((await method({ e164, lastFour: e164.slice(-4), name: "" })).latencyMs);
    const requests = (await clio.requestCount()) - before;
    return {
      median: { value: quantile(times, 0.5), unit: "ms" },
      requests: { value: requests / CALLERS, unit: "" },
    };
  }
}
