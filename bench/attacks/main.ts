/**
 * `npm run bench:attacks`: whether callers are answered, changes arrive and users can work while a firm is attacked. Prints
 * a table, and one JSON object on the last line.
 *
 *     npm run bench:attacks -- --minutes 1
 */

import { type LargeFirm, startLargeFirm } from "../calls/large-firm.ts";
import { parseBenchOptions } from "../harness/parse-bench-options.ts";
import { exitOnSignals, runBenchmarks } from "../harness/run-benchmarks.ts";
import { forgedClicks, usualMinutes } from "./forged-clicks.ts";

const { values } = parseBenchOptions({
  options: {
    only: { type: "string", multiple: true },
    /** Of each attack, and of the time without one. */
    minutes: { type: "string", default: "5" },
    /** Size of the firm. */
    contacts: { type: "string", default: "10000" },
    matters: { type: "string", default: "6000" },
    seed: { type: "string", default: "4" },
  },
});
const minutes = Number(values.minutes);
const size = {
  contacts: Number(values.contacts),
  matters: Number(values.matters),
  seed: Number(values.seed),
};

exitOnSignals();
await using stack = new AsyncDisposableStack();
let largeFirm: Promise<LargeFirm> | undefined;
const firm = () => {
  largeFirm ??= startLargeFirm(size).then((it) => stack.use(it));
  return largeFirm;
};

await runBenchmarks(
  {
    "no-attack": async () => usualMinutes(await firm(), { minutes }),
    "clicks-from-1-address": async () => forgedClicks(await firm(), { minutes, addresses: 1 }),
    "clicks-from-10-addresses": async () => forgedClicks(await firm(), { minutes, addresses: 10 }),
    "clicks-from-100-addresses": async () => forgedClicks(await firm(), { minutes, addresses: 100 }),
  },
  values.only,
);
