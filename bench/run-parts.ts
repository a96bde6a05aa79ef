import { loadavg } from "node:os";
import type { Figure } from "./figure.ts";
import { asJson, asTable } from "./report.ts";

/** What is measured, by name, in the order of the table. */
export type Parts = Readonly<Record<string, () => Promise<Figure[]>>>;

/**
 * Runs parts one after the other, and prints a table and one JSON object on the last line.
 * @param only the names of the parts to run; all of them where there are none. Ends the process for an unknown one.
 */
export async function runParts(parts: Parts, only: readonly string[] = []): Promise<void> {
  const known = Object.keys(parts);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`--only takes ${known.join(", ")}, not ${unknown.join(", ")}\n`);
    process.exit(2);
  }
  const loadBefore = loadavg()[0] ?? 0;
  const results: Record<string, Figure[]> = {};
  for (const name of only.length > 0 ? only : known) {
    process.stderr.write(`${name} …\n`);
    results[name] = (await parts[name]?.()) ?? [];
  }
  process.stdout.write(`${asTable(results)}\n\n${asJson(results, loadBefore)}\n`);
}

/** Ends by `process.exit`, which ends the children and removes the folders. */
export function exitOnSignals(): void {
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
}
