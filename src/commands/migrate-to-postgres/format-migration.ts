import { formatCount, formatCountOf } from "../../views/format.ts";
import type { MigrationResult } from "./migration-result.ts";
import type { DecryptionCount } from "./verify-copy.ts";

type Loss = ReadonlyMap<string, readonly string[]>;

/** Why the target is left alone. */
export function formatLoss(loss: Loss): string {
  return [
    "The target has what the source does not have, or has it newer:",
    ...lossLines(loss),
    "If the service works on the target already, everything was moved before, and there is nothing to do. " +
      "To make the target what the source is, and to lose the above for good, add --replace.",
  ].join("\n");
}

/** What was moved, and what to do next. */
export function formatResult({ seconds, tables, openings, replaced }: MigrationResult, file: string): string {
  const names = Math.max(...tables.map(({ table }) => table.length));
  const rows = Math.max(...tables.map((each) => formatCount(each.rows).length));
  const total = tables.reduce((sum, each) => sum + each.rows, 0);
  return [
    `Moved ${formatCountOf(total, "row")} in ${seconds.toFixed(1)} s:`,
    ...tables.map(
      (each) =>
        `  ${each.table.padEnd(names)}  ${formatCount(each.rows).padStart(rows)}  ${each.seconds.toFixed(1).padStart(6)} s`,
    ),
    ...(replaced.size > 0 ? ["What the target alone had was replaced:", ...lossLines(replaced)] : []),
    `Every table has as many rows as before. With SECRET_KEY open ${openings.map(openingWords).join(", ")}.`,
    ...(openings.some(({ all, open }) => open < all)
      ? ["What does not open did not before either: it was sealed with a key that SECRET_KEY does not have."]
      : []),
    `Next: set DATABASE_URL to the address that you gave, and start the service. ${file} is as it was; keep it until you are ` +
      "content, and start nothing on it any more, for what is written there from now on is not in the new place.",
  ].join("\n");
}

function openingWords({ one, all, open }: DecryptionCount): string {
  return `${formatCount(open)} of ${formatCountOf(all, one)}`;
}

const MOST_LINES = 20;

function lossLines(loss: Loss): string[] {
  const lines = [...loss].map(([firm, what]) => `  ${firm}: ${what.join(", ")}`);
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `  and ${formatCountOf(more, "firm")} more`] : lines;
}
