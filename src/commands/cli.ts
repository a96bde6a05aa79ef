import { exitWhenIdle } from "../runtime/exit.ts";
import { redactError } from "../runtime/redact-error.ts";
import { CommandError, InterruptedError, UsageError } from "./command-error.ts";

/** A command, as it runs behind an npm script. */
export interface Command {
  /** What `--help` prints, and what follows a usage error. */
  readonly usage: string;
  /**
   * Does the work.
   *
   * @param args the command's own arguments
   * @param signal aborts at SIGINT and SIGTERM with the signal's name as its reason
   * @returns the exit code
   * @throws CommandError when the work can't be done; the signal's reason or an `AbortError` when it was stopped
   */
  run(args: readonly string[], signal: AbortSignal): Promise<number>;
}

/**
 * Runs a command as this process: `--help`, signals, errors and the exit code. Exit codes: 0 done, 1 failed, 2 usage
 * error, 130 interrupted (docs/reference/commands.md).
 */
export async function runCommand({ usage, run }: Command): Promise<void> {
  // A reader that closes the pipe early (`| head`) is not an error.
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
    const failure = toCommandError(error, stopping.signal);
    printError(failure instanceof UsageError ? `${failure.message}\n\n${usage}` : failure.message);
    exitWhenIdle(failure.exitCode);
  }
}

function toCommandError(error: unknown, signal: AbortSignal): CommandError {
  if (error instanceof CommandError) return error;
  const isAbort = error === signal.reason || (error instanceof Error && error.name === "AbortError");
  if (signal.aborted && isAbort) return new InterruptedError();
  // The message of an unexpected error may quote people's data.
  return new CommandError(`Unexpected error: ${JSON.stringify(redactError(error))}`);
}

/** Writes the command's result to standard output. */
export function print(text: string): void {
  process.stdout.write(text);
}

/** Writes a line to standard error, for the person at the terminal. Standard output is for results and logs. */
export function printError(text: string): void {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
}
