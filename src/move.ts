/**
 * `npm run move`: copies everything that the service keeps from its SQLite file into a PostgreSQL database, checks the copy,
 * and shows how far it is. The file is only read; the target has all of it at the end, or nothing.
 */
import { parseArgs } from "node:util";
import { endWith } from "./ending.ts";
import { MoveRefused } from "./move/move-refused.ts";
import { moveStore } from "./move/move-store.ts";
import { movedWords } from "./move/move-words.ts";
import { openSource, type Source } from "./move/source.ts";
import { ProgressLine } from "./progress-line.ts";
import { databaseUrl } from "./setting-shapes.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";
import { createSealer } from "./store/sealing.ts";

const USAGE = "Usage: npm run move -- --to postgres://USER:PASSWORD@HOST/DATABASE [--replace]";
const STOPPED = 130;
/** PostgreSQL's errors of these classes quote data. */
const QUOTES_DATA = /^(22|23)/;

const line = new ProgressLine(process.stderr, Date.now);
const stopping = new AbortController();
// Not `once`: at Ctrl+C the terminal and npm each send a signal, and the second one would kill the process at once.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopping.abort());

endWith(await move());

/** Moves, and says how it went. Returns the exit code. */
async function move(): Promise<number> {
  const asked = whatIsAsked();
  if (!asked) return 2;
  const settings = settingsOrNone();
  if (!settings) return 1;
  const { databaseUrl: from, secretKeys } = settings;
  if (from.kind !== "sqlite") {
    line.say(
      "DATABASE_URL leads to PostgreSQL already. It has to name the SQLite file that is to be moved: sqlite:PATH.",
    );
    return 1;
  }
  let isCommitting = false;
  let source: Source | null = null;
  try {
    source = await openSource(from.path);
    const moved = await moveStore(source, asked.url, {
      sealer: createSealer(secretKeys),
      replace: asked.replace,
      signal: stopping.signal,
      progress: (share, text) => line.show(share, text),
      committing: () => {
        isCommitting = true;
      },
    });
    line.end();
    line.say(movedWords(moved, from.path));
    return 0;
  } catch (error) {
    line.end();
    if (isCommitting)
      line.say(
        `The target did not say whether it has everything (${reasonOf(error)}). Run this again: it finishes what is missing.`,
      );
    else if (stopping.signal.aborted) line.say("Stopped. Nothing was moved.");
    else if (error instanceof MoveRefused) line.say(`${error.message}\nNothing was moved.`);
    else line.say(`This failed: ${reasonOf(error)}\nNothing was moved.`);
    return stopping.signal.aborted ? STOPPED : 1;
  } finally {
    await source?.close();
  }
}

/** The target's address, and whether what is there may be overwritten; null when it is asked in another way. */
function whatIsAsked(): { url: string; replace: boolean } | null {
  // Its own errors quote what was typed, and that may be a password.
  const values = valuesGiven();
  const problem = values?.to === undefined ? null : addressProblem(values.to.trim());
  if (values?.to !== undefined && problem === null) return { url: values.to.trim(), replace: values.replace };
  line.say(problem === null ? USAGE : `--to ${problem}.\n${USAGE}`);
  return null;
}

function valuesGiven() {
  try {
    return parseArgs({ options: { to: { type: "string" }, replace: { type: "boolean", default: false } } })
      .values;
  } catch {
    return null;
  }
}

/** What is wrong with the target's address, without a word of it. */
function addressProblem(text: string): string | null {
  const { data, error } = databaseUrl().safeParse(text);
  if (error) return error.issues[0]?.message ?? null;
  return data.kind === "postgres" ? null : "must be postgres://USER:PASSWORD@HOST/DATABASE";
}

function settingsOrNone(): Settings | null {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    line.say(`The settings do not do. Each line: the name, what is wrong, an example.\n\n${error.message}`);
    return null;
  }
}

/** Why it failed, and what caused that, for the operator. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  // Node has no message where it tried several addresses of a host.
  const said = QUOTES_DATA.test(code) ? `error ${code} of PostgreSQL` : error.message || code;
  // An error of ours may have said already what caused it.
  const because = error.cause === undefined ? "" : reasonOf(error.cause);
  return because === "" || said.includes(because) ? said : `${said}: ${because}`;
}
