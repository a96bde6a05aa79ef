/**
 * `npm run migrate-to-postgres`: copies everything from the SQLite file into a PostgreSQL database, verifies the copy, and
 * shows the progress. The file is only read. At the end the target has everything or nothing.
 */
import "../../runtime/disable-library-debug.ts";

import { databaseUrl } from "../../config/validators.ts";
import { createSealer } from "../../store/encryption/sealing.ts";
import { runCommand } from "../cli.ts";
import { CommandError, InterruptedError, UsageError } from "../command-error.ts";
import { loadSettings } from "../load-settings.ts";
import { parseOptions } from "../parse-options.ts";
import { ProgressLine } from "../progress-line.ts";
import { formatResult } from "./format-migration.ts";
import { migrateStore } from "./migrate-store.ts";
import { MigrationRefusedError } from "./migration-refused-error.ts";
import { openSource, type Source } from "./source.ts";

const USAGE = `Usage: npm run migrate-to-postgres -- --to postgres://USER:PASSWORD@HOST/DATABASE [--replace]

Copies everything from the SQLite file of DATABASE_URL into a PostgreSQL database. Stop the service first.

  --to URL    the target database
  --replace   overwrite data that only the target has`;

/** Classes of PostgreSQL error codes whose messages quote data. */
const QUOTES_DATA = /^(22|23)/;

await runCommand({ usage: USAGE, run: migrate });

async function migrate(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { url, replace } = parseTarget(args);
  const { databaseUrl: from, secretKeys } = loadSettings();
  if (from.kind !== "sqlite")
    throw new CommandError(
      "DATABASE_URL is a PostgreSQL database already. Set it to the SQLite file to copy: sqlite:PATH.",
    );
  const line = new ProgressLine(process.stderr, Date.now);
  let isCommitting = false;
  let source: Source | null = null;
  try {
    source = await openSource(from.path);
    const result = await migrateStore(source, url, {
      sealer: createSealer(secretKeys),
      replace,
      signal,
      onProgress: (share, text) => line.show(share, text),
      onCommit: () => {
        isCommitting = true;
      },
    });
    line.clear();
    line.print(formatResult(result, from.path));
    return 0;
  } catch (error) {
    line.clear();
    if (isCommitting)
      throw new CommandError(
        `The target did not confirm the copy (${describeError(error)}). Run this command again: it completes what is missing.`,
        signal.aborted ? 130 : 1,
      );
    if (signal.aborted) throw new InterruptedError("Stopped. Nothing was copied.");
    const reason =
      error instanceof MigrationRefusedError
        ? error.message
        : `The migration failed: ${describeError(error)}`;
    throw new CommandError(`${reason}\nNothing was copied.`);
  } finally {
    await source?.close();
  }
}

/** The target's URL, and whether its data may be overwritten. Throws `UsageError`, which never quotes the arguments. */
function parseTarget(args: readonly string[]): { url: string; replace: boolean } {
  const { to, replace } = parseSecretOptions(args);
  if (to === undefined) throw new UsageError("--to is required.");
  const problem = checkTargetUrl(to.trim());
  if (problem !== null) throw new UsageError(`--to ${problem}.`);
  return { url: to.trim(), replace };
}

function parseSecretOptions(args: readonly string[]) {
  try {
    return parseOptions(args, { to: { type: "string" }, replace: { type: "boolean", default: false } });
  } catch {
    // The parser's message quotes the arguments, which may contain a password.
    throw new UsageError("Unknown option or argument, or a missing value.");
  }
}

/** What is wrong with the target's URL, without quoting it; null if nothing is. */
function checkTargetUrl(text: string): string | null {
  const { data, error } = databaseUrl().safeParse(text);
  if (error) return error.issues[0]?.message ?? null;
  return data.kind === "postgres" ? null : "must be postgres://USER:PASSWORD@HOST/DATABASE";
}

/** An error and its causes, without anyone's data. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  // When Node.js tried several addresses of a host, the error has no message of its own.
  const message = QUOTES_DATA.test(code) ? `PostgreSQL error ${code}` : error.message || code;
  // The message may already include its cause.
  const cause = error.cause === undefined ? "" : describeError(error.cause);
  return cause === "" || message.includes(cause) ? message : `${message}: ${cause}`;
}
