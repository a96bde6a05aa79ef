import { loadavg } from "node:os";
import type { Measurement } from "./measurement.ts";
import { formatJson, formatTable } from "./report.ts";

/** Benchmarks by name, in the order in which they run. */
export type Benchmarks = Readonly<Record<string, () => Promise<Measurement[]>>>;

/**
 * Runs benchmarks one after another, and prints a table, and one JSON object on the last line.
 * @param only the names of the benchmarks to run; all when empty. Exits with status 2 for an unknown name.
 */
export async function runBenchmarks(benchmarks: Benchmarks, only: readonly string[] = []): Promise<void> {
  const known = Object.keys(benchmarks);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(
      `Unknown benchmark: ${unknown.join(", ")}. --only must be one of ${known.join(", ")}.\n`,
    );
    process.exit(2);
  }
  const loadBefore = loadavg()[0] ?? 0;
  const results: Record<string, Measurement[]> = {};
  for (const name of only.length > 0 ? only : known) {
    process.stderr.write(`${name} …\n`);
    results[name] = (await benchmarks[name]?.()) ?? [];
  }
  process.stdout.write(`${formatTable(results)}\n\n${formatJson(results, loadBefore)}\n`);
}

/** Exits on SIGTERM and SIGINT, so that the exit handlers kill child processes and remove temporary folders. */
export function exitOnSignals(): void {
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
}
