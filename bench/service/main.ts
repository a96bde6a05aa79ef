/**
 * `npm run bench`: latency, memory, startup and robustness of one service that answers from Clio directly. Prints a table,
 * and one JSON object on the last line.
 *
 *     npm run bench -- --only latency --only memory
 */
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";
import { clioActionPage } from "./clio-action-page.ts";
import { clioHang } from "./clio-hang.ts";
import { crashDurability } from "./crash-durability.ts";
import { lookupLatency } from "./lookup-latency.ts";
import { memory } from "./memory.ts";
import { startup } from "./startup.ts";
import { tokenRefresh } from "./token-refresh.ts";
import { transferRules } from "./transfer-rules.ts";

const { values } = parseBenchOptions({ options: { only: { type: "string", multiple: true } } });
exitOnSignals();
await runBenchmarks(
  {
    startup,
    latency: lookupLatency,
    memory,
    "token-refresh": tokenRefresh,
    "clio-hang": clioHang,
    "clio-action": clioActionPage,
    "transfer-rules": transferRules,
    crashes: crashDurability,
  },
  values.only,
);
