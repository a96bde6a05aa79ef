/**
 * `npm run bench:call-log`: whether every reported call gets into Clio exactly once, whatever fails; and how fast reports,
 * calls and the list of calls are. Prints a table, and one JSON object on the last line.
 *
 *     npm run bench:call-log -- --only exactly-once-sqlite --calls 1000 --kills 5
 */
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";
import { exactlyOnceOnPostgres, exactlyOnceOnSqlite } from "./exactly-once.ts";
import { measureList } from "./list-speed.ts";
import { reportLatency } from "./report-latency.ts";

const { values } = parseBenchOptions({
  options: {
    only: { type: "string", multiple: true },
    /** Calls that `exactly-once` reports, how many a second, and how often a process is killed meanwhile. */
    calls: { type: "string", default: "10000" },
    rate: { type: "string", default: "200" },
    kills: { type: "string", default: "50" },
    /** Duration of each load of `latency`. */
    seconds: { type: "string", default: "30" },
    /** Calls that `list` reads. */
    kept: { type: "string", default: "100000" },
  },
});
const delivery = {
  calls: Number(values.calls),
  kills: Number(values.kills),
  ratePerSecond: Number(values.rate),
};

exitOnSignals();
await runBenchmarks(
  {
    list: () => measureList({ calls: Number(values.kept) }),
    latency: () => reportLatency({ ratePerSecond: Number(values.rate), seconds: Number(values.seconds) }),
    "exactly-once-sqlite": () => exactlyOnceOnSqlite(delivery),
    "exactly-once-postgres": () => exactlyOnceOnPostgres(delivery),
  },
  values.only,
);
