import { readSettings, type Settings, SettingsError } from "../config/settings.ts";
import { exitWhenIdle } from "../runtime/exit.ts";
import { redactError } from "../runtime/redact-error.ts";
import { CommandError, UsageError } from "./command-error.ts";

/** The exit code of a command that a signal stopped. */
export const INTERRUPTED = 130;

/** A command of this project, as it runs behind `npm run …`. */
export interface Command {
  /** What `--help` prints. */
  readonly usage: string;
  /**
   * @param args what was typed after the command
   * @param signal aborts at SIGINT and SIGTERM
   * @returns the exit code
   * @throws CommandError when the work cannot be done
   */
  run(args: readonly string[], signal: AbortSignal): Promise<number>;
}

/**
 * Runs a command as this process: `--help`, signals, errors and the exit code.
 * Exit codes: 0 done, 1 failed, 2 usage error, 130 interrupted.
 */
export async function runCommand({ usage, run }: Command): Promise<void> {
  // A reader that closes the pipe early (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const stopping = new AbortController();
  // Not `once`: at Ctrl+C the terminal and npm each send a signal, and the second would kill the process at once.
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stopping.abort(name));

  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    print(`${usage}\n`);
    return exitWhenIdle(0);
  }
  try {
    exitWhenIdle(await run(args, stopping.signal));
  } catch (error) {
    if (error instanceof UsageError) printError(`${error.message}\n\n${usage}`);
    else if (error instanceof CommandError) printError(error.message);
    // The error's own text may quote somebody's data.
    else printError(`Unexpected error: ${JSON.stringify(redactError(error))}`);
    exitWhenIdle(error instanceof CommandError ? error.exitCode : 1);
  }
}

/** Reads the settings. Throws `CommandError` with a line for each setting that is missing or invalid. */
export function loadSettings(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new CommandError(`The settings are invalid:\n\n${error.message}\n`);
  }
}

/** For an error while opening the store: throws `CommandError` with the reason. */
export function cannotOpenDatabase(error: unknown): never {
  throw new CommandError(`Can't open the database: ${error instanceof Error ? error.message : error}`);
}

/** Writes the command's result. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Writes a line for the person at the terminal; standard output is for results and logs. */
export function printError(text: string): void {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
}
