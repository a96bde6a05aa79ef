/**
 * `npm run bench:scale`: several processes on one PostgreSQL behind a load balancer, during restarts, crashes and outages.
 * Needs PostgreSQL and HAProxy on this machine. Prints a table, and one JSON object on the last line.
 *
 *     npm run bench:scale -- --only rolling-restart --seconds 30
 */
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";
import { callCost } from "./call-cost.ts";
import { crashesUnderLoad } from "./crashes-under-load.ts";
import { databaseEngines } from "./database-engines.ts";
import { manyFirms } from "./many-firms.ts";
import { postgresRestart } from "./postgres-restart.ts";
import { rollingRestart } from "./rolling-restart.ts";
import { tokenRefresh } from "./token-refresh.ts";

const { values } = parseBenchOptions({
  options: {
    only: { type: "string", multiple: true },
    /** Duration of the load, for each `DIRECTORY`. */
    seconds: { type: "string", default: "60" },
    /** Requests per second. Everything runs on one machine, which has to sustain them while a process starts. */
    rate: { type: "string", default: "200" },
    /** Rounds of `token-refresh`. */
    rounds: { type: "string", default: "100" },
    /** Duration of `crashes`. */
    minutes: { type: "string", default: "5" },
    /** Size of `many-firms`: firms, contacts of each, and calls per second. */
    firms: { type: "string", default: "1000" },
    contacts: { type: "string", default: "1000" },
    calls: { type: "string", default: "500" },
    /** For how many seconds `many-firms` watches the age of the mirrors: more than the poll interval. */
    watch: { type: "string", default: "400" },
    /** Calls that `call-cost` measures for each size. */
    "cost-calls": { type: "string", default: "20000" },
  },
});

/** In `live`, every call sends requests to Clio. Even this is more than Clio allows. */
const MAX_LIVE_CALLS_PER_SECOND = 20;

exitOnSignals();
await runBenchmarks(
  {
    "call-cost": () => callCost({ calls: Number(values["cost-calls"]) }),
    "database-engines": () => databaseEngines({ rate: Number(values.rate), seconds: Number(values.seconds) }),
    "token-refresh": () => tokenRefresh({ rounds: Number(values.rounds) }),
    "rolling-restart": async () => {
      const load = { seconds: Number(values.seconds), rate: Number(values.rate) };
      const mirror = await rollingRestart({ directory: "mirror", ...load });
      const live = { ...load, rate: Math.min(load.rate, MAX_LIVE_CALLS_PER_SECOND) };
      return [...mirror, ...(await rollingRestart({ directory: "live", ...live }))];
    },
    "postgres-restart": () => postgresRestart({ rate: Number(values.rate) }),
    crashes: () => crashesUnderLoad({ minutes: Number(values.minutes), rate: Number(values.rate) }),
    "many-firms": () =>
      manyFirms({
        firms: Number(values.firms),
        contacts: Number(values.contacts),
        rate: Number(values.calls),
        seconds: Number(values.seconds),
        watch: Number(values.watch),
      }),
  },
  values.only,
);
