/**
 * The sandbox with many firms, as a separate process. Prints its address.
 *
 *     node bench/scale/many-firms-sandbox-main.ts --firms 1000 --contacts 1000 --matters 600
 */
import { parseArgs } from "node:util";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { firmOf } from "./numbered-firms.ts";

const { values } = parseArgs({
  options: {
    firms: { type: "string", default: "10" },
    contacts: { type: "string", default: "100" },
    matters: { type: "string", default: "60" },
    /** In seconds. */
    "token-lifetime": { type: "string", default: "2592000" },
  },
});
const size = { contacts: Number(values.contacts), matters: Number(values.matters) };
const sandbox = await startSandbox({
  firms: Array.from({ length: Number(values.firms) }, (_, at) => firmOf(at + 1, size).firm),
  requestsPerMinute: Number.POSITIVE_INFINITY,
  tokenLifetimeSeconds: Number(values["token-lifetime"]),
});
process.stdout.write(`${sandbox.url}\n`);

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
