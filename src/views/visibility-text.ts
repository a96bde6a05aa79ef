import type { VisibleRecords } from "../clio/resources/record-counts.ts";
import { formatCount } from "./format.ts";

/** What changes for one kind of record if another user becomes the lookup account. */
export interface VisibilityChange {
  readonly label: string;
  /** "3,402", or "unknown". */
  readonly count: string;
  readonly difference: string;
  /** Callers may no longer be found. */
  readonly isLoss: boolean;
}

/**
 * Compares what two users can see in Clio.
 * @param current null if there is no lookup account today
 */
export function compareVisibility(
  candidate: VisibleRecords,
  current: VisibleRecords | null,
): VisibilityChange[] {
  return (["contacts", "matters"] as const).map((kind) => {
    const after = countOf(candidate, kind);
    const before = current && countOf(current, kind);
    const label = kind === "contacts" ? "Contacts" : "Matters";
    const count = after === null ? "Unknown" : formatCount(after);
    if (after === null || before === null)
      return { label, count, difference: "Couldn't be compared with today", isLoss: false };
    const difference = after === before ? "As many as today" : formatDifference(after - before, kind);
    return { label, count, difference, isLoss: after < before };
  });
}

/** `12 fewer contacts than today`, `1 more matter than today`. */
function formatDifference(difference: number, kind: "contacts" | "matters"): string {
  const size = Math.abs(difference);
  const noun = size === 1 ? kind.slice(0, -1) : kind;
  return `${formatCount(size)} ${difference < 0 ? "fewer" : "more"} ${noun} than today`;
}

function countOf(sees: VisibleRecords, kind: "contacts" | "matters"): number | null {
  return "counts" in sees ? sees.counts[kind] : null;
}
