import { formatCount, formatCountOf } from "../../views/format.ts";
import type { MigrationResult } from "./migration-result.ts";
import type { DecryptionCount } from "./verify-copy.ts";

/** Data that only the target has, described by firm ID. */
type TargetOnlyData = ReadonlyMap<string, readonly string[]>;

const MAX_LISTED_FIRMS = 20;

/** Why the target was left unchanged. */
export function formatTargetOnlyData(data: TargetOnlyData): string {
  return [
    "The target has data that the SQLite file doesn't have, or has an older version of:",
    ...formatFirmLines(data),
    "If the service already runs on the target, the data was copied before and there is nothing to do. " +
      "To overwrite the target with the SQLite file and lose the data above for good, add --replace.",
  ].join("\n");
}

/** What was copied, and what to do next. */
export function formatResult(
  { seconds, tables, decryptionCounts, replaced }: MigrationResult,
  sourcePath: string,
): string {
  const nameWidth = Math.max(...tables.map(({ table }) => table.length));
  const countWidth = Math.max(...tables.map(({ rows }) => formatCount(rows).length));
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  return [
    `Copied ${formatCountOf(total, "row")} in ${seconds.toFixed(1)} s:`,
    ...tables.map(
      ({ table, rows, seconds }) =>
        `  ${table.padEnd(nameWidth)}  ${formatCount(rows).padStart(countWidth)}  ${seconds.toFixed(1).padStart(6)} s`,
    ),
    ...(replaced.size > 0 ? ["Replaced what only the target had:", ...formatFirmLines(replaced)] : []),
    `Every table has the same number of rows as the source. SECRET_KEY decrypts ${decryptionCounts.map(formatDecryptionCount).join(", ")}.`,
    ...(decryptionCounts.some(({ all, readable }) => readable < all)
      ? [
          "The others can't be decrypted in the source either: their key isn't in SECRET_KEY, or was left out of a backup. Records are read from Clio again.",
        ]
      : []),
    `Next: set DATABASE_URL to the target and start the service. ${sourcePath} is unchanged. Keep it until you're ` +
      "satisfied, but don't start the service on it again: anything written there is missing in PostgreSQL.",
  ].join("\n");
}

function formatDecryptionCount({ label, all, readable }: DecryptionCount): string {
  return `${formatCount(readable)} of ${formatCountOf(all, label)}`;
}

function formatFirmLines(data: TargetOnlyData): string[] {
  const lines = [...data].map(([firmId, what]) => `  ${firmId}: ${what.join(", ")}`);
  const more = lines.length - MAX_LISTED_FIRMS;
  return more > 0
    ? [...lines.slice(0, MAX_LISTED_FIRMS), `  and ${formatCountOf(more, "firm")} more`]
    : lines;
}
