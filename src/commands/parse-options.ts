import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./command-error.ts";

/**
 * Reads a command's options, with `node:util`'s `parseArgs`. Throws `UsageError` for an unknown option, a missing value,
 * or an argument that isn't an option.
 */
export function parseOptions<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  return orUsageError(() => parseArgs({ args: [...args], options }).values);
}

/** Like `parseOptions`, for a command that also takes arguments that aren't options. */
export function parseOptionsAndPositionals<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  return orUsageError(() => parseArgs({ args: [...args], options, allowPositionals: true }));
}

/** For a command without arguments: throws `UsageError` if there are any. */
export function rejectArguments(args: readonly string[]): void {
  parseOptions(args, {});
}

function orUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
