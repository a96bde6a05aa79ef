/**
 * `npm run sync`: reads everything of every firm, or of one, from Clio into the local copy, and shows how far it is. It
 * runs beside the service or alone; whoever holds the lease does the reading.
 */
import { parseArgs } from "node:util";
import { destination, pino } from "pino";
import { endWith } from "./ending.ts";
import { summarizeFault } from "./fault-summary.ts";
import { openMirroring } from "./mirroring.ts";
import { ProgressLine } from "./progress-line.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";
import type { Firm } from "./store/firms.ts";
import { type Ending, readEverything } from "./sync/read-everything.ts";
import { endingWords, progressWords } from "./sync/sync-words.ts";

const USAGE = "Usage: npm run sync [-- --firm us-12345]";
const STOPPED = 130;

const line = new ProgressLine(process.stderr, Date.now);
const stopping = new AbortController();
// Not `once`: at Ctrl+C the terminal and npm each send a signal, and the second one would kill the process at once.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());

const firmId = firmAskedFor();
const settings = settingsOrExit();
if (settings.directory === "live") {
  fail("Nothing is kept here, so there is nothing to read: DIRECTORY is live, and every call asks Clio.");
}
endWith(await sync(settings));

/** Reads, and says how it went. Returns the exit code. */
async function sync(settings: Settings): Promise<number> {
  // What Clio does is said in words, here; what goes wrong inside is told to the log alone.
  const log = pino({ level: "error", base: null }, destination({ fd: 1, sync: true }));
  const mirroring = await openMirroring(settings, log, { keepsWebhooks: false }).catch((error: unknown) =>
    fail(`The database cannot be opened: ${error instanceof Error ? error.message : error}`),
  );
  const { store, keeper, wanted, close } = mirroring;
  try {
    const firms = chosenFirms(await store.firms.list(), placeOf(settings));
    if (!wanted || firms.length === 0) return 1;
    const endings: Ending["how"][] = [];
    await readEverything({ store, keeper, wanted, now: Date.now }, firms, {
      signal: stopping.signal,
      progress(underWay) {
        const { share, text } = progressWords(underWay, Date.now());
        line.show(share, text);
      },
      ended(firm, ending) {
        endings.push(ending.how);
        line.say(endingWords(firm, ending, settings.publicUrl));
      },
    });
    const isWell =
      endings.includes("read") && endings.every((how) => how === "read" || how === "nobody_connected");
    return isWell ? 0 : 1;
  } catch (error) {
    line.end();
    if (!stopping.signal.aborted) {
      log.error({ fault: summarizeFault(error) }, "sync");
      line.say("This failed; the line of the log says where. What was read stays.");
      return 1;
    }
    line.say("Stopped. What was read stays; the service, or this command, goes on from there.");
    return STOPPED;
  } finally {
    line.end();
    await close();
  }
}

/** The firm of that id, or all; none when there is no such firm, which is said. */
function chosenFirms(firms: readonly Firm[], database: string): readonly Firm[] {
  if (firms.length === 0) line.say(`No firm is admitted yet in ${database}.`);
  if (firmId === undefined) return firms;
  const chosen = firms.filter(({ id }) => id === firmId);
  if (firms.length > 0 && chosen.length === 0)
    line.say(`No firm ${firmId} is admitted. There are: ${firms.map(({ id }) => id).join(", ")}.`);
  return chosen;
}

/** The database, as the operator may see it: without a password. */
function placeOf({ databaseUrl }: Settings): string {
  return databaseUrl.kind === "sqlite" ? databaseUrl.path : "the database";
}

function firmAskedFor(): string | undefined {
  try {
    return parseArgs({ options: { firm: { type: "string" } } }).values.firm;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n${USAGE}`, 2);
  }
}

function settingsOrExit(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return fail(
      `The settings do not do. Each line: the name, what is wrong, an example.\n\n${error.message}`,
    );
  }
}

function fail(text: string, code = 1): never {
  line.say(text);
  process.exit(code);
}
