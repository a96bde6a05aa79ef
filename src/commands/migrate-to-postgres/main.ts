/**
 * `npm run migrate-to-postgres`: copies everything from the SQLite file into a PostgreSQL database, verifies the copy, and
 * shows the progress. The file is only read; in the end the target has all of it, or nothing.
 */
import { parseArgs } from "node:util";
import { databaseUrl } from "../../config/validators.ts";
import { createSealer } from "../../store/encryption/sealing.ts";
import { INTERRUPTED, loadSettings, runCommand } from "../cli.ts";
import { CommandError, UsageError } from "../command-error.ts";
import { ProgressLine } from "../progress.ts";
import { formatResult } from "./format-migration.ts";
import { migrateStore } from "./migrate-store.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";
import { openSource, type Source } from "./source.ts";

const USAGE = `Usage: npm run migrate-to-postgres -- --to postgres://USER:PASSWORD@HOST/DATABASE [--replace]

Copies everything from the SQLite file of DATABASE_URL into a PostgreSQL database. Stop the service first.

  --to URL    the target database
  --replace   overwrites what only the target has`;

/** PostgreSQL's error messages of these classes quote data. */
const QUOTES_DATA = /^(22|23)/;

const line = new ProgressLine(process.stderr, Date.now);

await runCommand({ usage: USAGE, run: migrate });

async function migrate(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { url, replace } = parseTarget(args);
  const { databaseUrl: from, secretKeys } = loadSettings();
  if (from.kind !== "sqlite")
    throw new CommandError(
      "DATABASE_URL is a PostgreSQL database already. Set it to the SQLite file to copy: sqlite:PATH.",
    );
  let isCommitting = false;
  let source: Source | null = null;
  try {
    source = await openSource(from.path);
    const result = await migrateStore(source, url, {
      sealer: createSealer(secretKeys),
      replace,
      signal,
      progress: (share, text) => line.show(share, text),
      committing: () => {
        isCommitting = true;
      },
    });
    line.clear();
    line.print(formatResult(result, from.path));
    return 0;
  } catch (error) {
    line.clear();
    if (isCommitting)
      line.print(
        `The target did not confirm the copy (${reasonOf(error)}). Run this command again: it completes what is missing.`,
      );
    else if (signal.aborted) line.print("Stopped. Nothing was copied.");
    else if (error instanceof MigrationRefusedError) line.print(`${error.message}\nNothing was copied.`);
    else line.print(`The migration failed: ${reasonOf(error)}\nNothing was copied.`);
    return signal.aborted ? INTERRUPTED : 1;
  } finally {
    await source?.close();
  }
}

/** The target's URL, and whether what is there may be overwritten. Throws `UsageError`, which quotes nothing typed. */
function parseTarget(args: readonly string[]): { url: string; replace: boolean } {
  const { to, replace } = parseOptions(args);
  if (to === undefined) throw new UsageError("--to is required.");
  const problem = urlProblem(to.trim());
  if (problem !== null) throw new UsageError(`--to ${problem}.`);
  return { url: to.trim(), replace };
}

function parseOptions(args: readonly string[]) {
  try {
    const options = { to: { type: "string" }, replace: { type: "boolean", default: false } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch {
    // The parser's message quotes what was typed, which may be a password.
    throw new UsageError("There is an option or argument that this command doesn't take.");
  }
}

/** What is wrong with the target's URL, quoting nothing of it; null if nothing is. */
function urlProblem(text: string): string | null {
  const { data, error } = databaseUrl().safeParse(text);
  if (error) return error.issues[0]?.message ?? null;
  return data.kind === "postgres" ? null : "must be postgres://USER:PASSWORD@HOST/DATABASE";
}

/** Why it failed, and what caused that. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  // Node has no message where it tried several addresses of a host.
  const said = QUOTES_DATA.test(code) ? `error ${code} of PostgreSQL` : error.message || code;
  // An error of ours may have said already what caused it.
  const because = error.cause === undefined ? "" : reasonOf(error.cause);
  return because === "" || said.includes(because) ? said : `${said}: ${because}`;
}
