/**
 * `npm run bench:calls`: what calls cost, and how right their answers are, when they are answered from the local copy of a
 * firm's Clio. Prints a table and one JSON object on the last line.
 *
 *     npm run bench:calls -- --only calls --seconds 10
 */
import { parseArgs } from "node:util";
import { exitOnSignals, runParts } from "../run-parts.ts";
import { type BigFirm, bigFirm } from "./big-firm.ts";
import { calls } from "./calls.ts";
import { clioDown } from "./clio-down.ts";
import { equal } from "./equal.ts";
import { firstRead } from "./first-read.ts";
import { forged } from "./forged.ts";
import { fresh } from "./fresh.ts";
import { kills } from "./kills.ts";
import { limit } from "./limit.ts";
import { recipe } from "./recipe.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    /** The big firm. */
    contacts: { type: "string", default: "100000" },
    matters: { type: "string", default: "60000" },
    seed: { type: "string", default: "4" },
    /** How long `calls` lasts, and how long `limit` does. */
    seconds: { type: "string", default: "60" },
    minutes: { type: "string", default: "5" },
    /** Of `equal`. */
    questions: { type: "string", default: "10000" },
    /** How often the service is killed. */
    kills: { type: "string", default: "50" },
  },
});
const size = {
  contacts: Number(values.contacts),
  matters: Number(values.matters),
  seed: Number(values.seed),
};

exitOnSignals();
await using open = new AsyncDisposableStack();
let read: Promise<BigFirm> | undefined;
/** Read once, by the first part that needs it. */
const firm = () => {
  read ??= bigFirm(size).then((it) => open.use(it));
  return read;
};

await runParts(
  {
    "first-read": async () => firstRead(await firm()),
    calls: async () => calls(await firm(), { seconds: Number(values.seconds) }),
    recipe: async () => recipe(await firm()),
    limit: async () => limit(await firm(), { minutes: Number(values.minutes) }),
    "clio-down": async () => clioDown(await firm()),
    fresh: async () => fresh(await firm()),
    forged: async () => forged(await firm()),
    equal: () => equal({ questions: Number(values.questions) }),
    kills: () => kills({ count: Number(values.kills) }),
  },
  values.only,
);
