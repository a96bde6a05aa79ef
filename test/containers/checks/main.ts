/** Runs inside the engine's namespaces; see ../run. The arguments name the groups to run; default: all. */
import { report } from "../../../testkit/checks.mjs";
import { startClio } from "../support/clio.ts";
import { buildBaseImages, removeEverything } from "../support/images.ts";
import { writeEnv } from "../support/service.ts";
import { bash } from "../support/shell.ts";
import { backup } from "./backup.ts";
import { image } from "./image.ts";
import { oneProcess } from "./one-process.ts";
import { outages } from "./outages.ts";
import { severalProcesses } from "./several-processes.ts";
import { strictCheckout } from "./strict-checkout.ts";

const GROUPS: Record<string, () => Promise<void>> = {
  image,
  "one-process": oneProcess,
  backup,
  "strict-checkout": strictCheckout,
  "several-processes": severalProcesses,
  outages,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(GROUPS, name));
if (unknown.length > 0) {
  console.error(`Unknown group: ${unknown.join(", ")}. Groups: ${Object.keys(GROUPS).join(", ")}`);
  process.exit(2);
}

console.log(await bash("docker --version; docker compose version; docker info --format '{{.Driver}}'"));
await removeEverything();
await buildBaseImages();
await startClio();
for (const [name, run] of Object.entries(GROUPS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n# ${name}`);
  writeEnv();
  await run();
  await removeEverything();
}
report();
// The sandbox still listens.
process.exit();
