import { basename, dirname } from "node:path";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/**
 * Reads a benchmark's options with `node:util`'s `parseArgs`. `--help` prints them and exits with 0; anything unknown exits
 * with 2. What a benchmark measures is in docs/reference/commands.md, "Benchmarks".
 */
export function parseBenchOptions<const Options extends ParseArgsOptionsConfig>({
  options,
}: {
  options: Options;
}) {
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    process.stdout.write(formatUsage(options));
    process.exit(0);
  }
  try {
    return parseArgs({ options });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${formatUsage(options)}`);
    process.exit(2);
  }
}

function formatUsage(options: ParseArgsOptionsConfig): string {
  const folder = basename(dirname(process.argv[1] ?? ""));
  const script = folder === "service" ? "bench" : `bench:${folder}`;
  const lines = Object.entries(options).map(([name, { type, multiple, default: value }]) => {
    const notes = [
      multiple && "repeatable",
      value !== undefined && `default ${Array.isArray(value) ? value.join(", ") : value}`,
    ].filter(Boolean);
    const option = type === "boolean" ? `--${name}` : `--${name} VALUE`;
    return `  ${option.padEnd(22)}${notes.join("; ")}`.trimEnd();
  });
  return `Usage: npm run ${script} -- [OPTION...]\n\n${lines.join("\n")}\n\nSee docs/reference/commands.md.\n`;
}
