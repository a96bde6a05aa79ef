/**
 * `npm run bench`: what the service costs, in time, memory and trust. Prints a table and one JSON object on the last line.
 *
 *     npm run bench -- --only latency --only memory
 */
import { parseArgs } from "node:util";
import { addedTime } from "./added-time.ts";
import { expiredToken } from "./expired-token.ts";
import { hangingClio } from "./hanging-clio.ts";
import { kills } from "./kills.ts";
import { matterPage } from "./matter-page.ts";
import { memory } from "./memory.ts";
import { exitOnSignals, runParts } from "./run-parts.ts";
import { startUp } from "./start-up.ts";

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
exitOnSignals();
await runParts(
  {
    start: startUp,
    latency: addedTime,
    memory,
    refresh: expiredToken,
    hang: hangingClio,
    page: matterPage,
    kills,
  },
  values.only,
);
