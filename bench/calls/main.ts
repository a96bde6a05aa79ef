/**
 * `npm run bench:calls`: latency, throughput, freshness and correctness of calls that are answered from a mirror. Prints a
 * table, and one JSON object on the last line.
 *
 *     npm run bench:calls -- --only latency --seconds 10
 */
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";
import { clioOutage } from "./clio-outage.ts";
import { crashRecovery } from "./crash-recovery.ts";
import { forgedWebhooks } from "./forged-webhooks.ts";
import { freshness } from "./freshness.ts";
import { compareWithGuideRecipe } from "./guide-recipe.ts";
import { measureInitialSync } from "./initial-sync.ts";
import { type LargeFirm, startLargeFirm } from "./large-firm.ts";
import { latencyAndThroughput } from "./latency-and-throughput.ts";
import { mirrorEquivalence } from "./mirror-equivalence.ts";
import { rateLimit } from "./rate-limit.ts";

const { values } = parseBenchOptions({
  options: {
    only: { type: "string", multiple: true },
    /** Size of the large firm. */
    contacts: { type: "string", default: "100000" },
    matters: { type: "string", default: "60000" },
    seed: { type: "string", default: "4" },
    /** Duration of `latency`, and of `rate-limit`. */
    seconds: { type: "string", default: "60" },
    minutes: { type: "string", default: "5" },
    /** Requests that `equivalence` compares. */
    requests: { type: "string", default: "10000" },
    /** Kills in `crash-recovery`. */
    kills: { type: "string", default: "50" },
  },
});
const size = {
  contacts: Number(values.contacts),
  matters: Number(values.matters),
  seed: Number(values.seed),
};

exitOnSignals();
await using stack = new AsyncDisposableStack();
let largeFirm: Promise<LargeFirm> | undefined;
/** Started once, by the first benchmark that needs it. */
const firm = () => {
  largeFirm ??= startLargeFirm(size).then((it) => stack.use(it));
  return largeFirm;
};

await runBenchmarks(
  {
    "initial-sync": async () => measureInitialSync(await firm()),
    latency: async () => latencyAndThroughput(await firm(), { seconds: Number(values.seconds) }),
    "guide-recipe": async () => compareWithGuideRecipe(await firm()),
    "rate-limit": async () => rateLimit(await firm(), { minutes: Number(values.minutes) }),
    "clio-outage": async () => clioOutage(await firm()),
    "forged-webhooks": async () => forgedWebhooks(await firm()),
    // The last one with the large firm: it removes contacts that the mirror keeps until the next full sync.
    freshness: async () => freshness(await firm()),
    equivalence: () => mirrorEquivalence({ requests: Number(values.requests) }),
    "crash-recovery": () => crashRecovery({ kills: Number(values.kills) }),
  },
  values.only,
);
