/**
 * `npm run bench`: what the service costs, in time, memory and trust. Prints a table and one JSON object on the last line.
 *
 *     npm run bench -- --only latency --only memory
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { addedTime } from "./added-time.ts";
import { expiredToken } from "./expired-token.ts";
import type { Figure } from "./figure.ts";
import { hangingClio } from "./hanging-clio.ts";
import { kills } from "./kills.ts";
import { matterPage } from "./matter-page.ts";
import { memory } from "./memory.ts";
import { asJson, asTable } from "./report.ts";
import { startUp } from "./start-up.ts";

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  start: startUp,
  latency: addedTime,
  memory,
  refresh: expiredToken,
  hang: hangingClio,
  page: matterPage,
  kills,
};

// Leaving by `process.exit` ends the children and removes the folders.
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));

const loadBefore = loadavg()[0] ?? 0;
const results: Record<string, Figure[]> = {};
for (const name of partsAskedFor()) {
  process.stderr.write(`${name} …\n`);
  results[name] = (await PARTS[name]?.()) ?? [];
}
process.stdout.write(`${asTable(results)}\n\n${asJson(results, loadBefore)}\n`);

function partsAskedFor(): string[] {
  const known = Object.keys(PARTS);
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true, default: known } } });
  const unknown = values.only.filter((name) => !known.includes(name));
  if (unknown.length === 0) return values.only;
  process.stderr.write(`--only takes ${known.join(", ")}, not ${unknown.join(", ")}\n`);
  process.exit(2);
}
