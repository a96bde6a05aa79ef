/**
 * `npm run bench:scale`: equal processes on one PostgreSQL behind a balancer, and what their callers notice of what befalls
 * them. Needs PostgreSQL and HAProxy on this machine. Prints a table and one JSON object on the last line.
 *
 *     npm run bench:scale -- --only rolling-restart --seconds 30
 */
import { parseArgs } from "node:util";
import { exitOnSignals, runParts } from "../run-parts.ts";
import { rollingRestart } from "./rolling-restart.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    /** How long the calls last, in each `DIRECTORY`. */
    seconds: { type: "string", default: "60" },
    /** Requests a second: all of it runs on one machine, which has to bear them with one process being started. */
    rate: { type: "string", default: "200" },
  },
});

exitOnSignals();
await runParts(
  {
    "rolling-restart": async () => {
      const load = { seconds: Number(values.seconds), rate: Number(values.rate) };
      const mirror = await rollingRestart({ directory: "mirror", ...load });
      return [...mirror, ...(await rollingRestart({ directory: "live", ...load }))];
    },
  },
  values.only,
);
