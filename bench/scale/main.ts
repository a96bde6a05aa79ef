/**
 * `npm run bench:scale`: equal processes on one PostgreSQL behind a balancer, and what their callers notice of what befalls
 * them. Needs PostgreSQL and HAProxy on this machine. Prints a table and one JSON object on the last line.
 *
 *     npm run bench:scale -- --only rolling-restart --seconds 30
 */
import { parseArgs } from "node:util";
import { exitOnSignals, runParts } from "../run-parts.ts";
import { engines } from "./engines.ts";
import { expiredToken } from "./expired-token.ts";
import { kills } from "./kills.ts";
import { manyFirms } from "./many-firms.ts";
import { postgresRestart } from "./postgres-restart.ts";
import { rollingRestart } from "./rolling-restart.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    /** How long the calls last, in each `DIRECTORY`. */
    seconds: { type: "string", default: "60" },
    /** Requests a second: all of it runs on one machine, which has to bear them with one process being started. */
    rate: { type: "string", default: "200" },
    /** Of `expired-token`. */
    rounds: { type: "string", default: "100" },
    /** How long `kills` lasts. */
    minutes: { type: "string", default: "5" },
    /** Of `many-firms`: how many, of how many contacts each, with how many calls a second. */
    firms: { type: "string", default: "1000" },
    contacts: { type: "string", default: "1000" },
    calls: { type: "string", default: "500" },
    /** For how many seconds their mirrors are watched: more than the poll interval. */
    watch: { type: "string", default: "400" },
  },
});

/** Calls a second that all ask Clio. */
const MOST_LIVE = 20;

exitOnSignals();
await runParts(
  {
    engines: () => engines({ rate: Number(values.rate), seconds: Number(values.seconds) }),
    "expired-token": () => expiredToken({ rounds: Number(values.rounds) }),
    "rolling-restart": async () => {
      const load = { seconds: Number(values.seconds), rate: Number(values.rate) };
      const mirror = await rollingRestart({ directory: "mirror", ...load });
      // More than Clio would ever bear.
      const live = { ...load, rate: Math.min(load.rate, MOST_LIVE) };
      return [...mirror, ...(await rollingRestart({ directory: "live", ...live }))];
    },
    "postgres-restart": () => postgresRestart({ rate: Number(values.rate) }),
    kills: () => kills({ minutes: Number(values.minutes), rate: Number(values.rate) }),
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
