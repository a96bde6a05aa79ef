import type { Coverage } from "../calls/transfer/coverage.ts";
import { formatCount } from "./format.ts";

/** How many of a firm's live matters have someone to take calls, and what is missing, for the top of a page. */
export function formatCoverage({ liveMatterCount, unassignedCount, withoutNumberCount }: Coverage): string {
  const assigned = liveMatterCount - unassignedCount;
  const share =
    unassignedCount === 0 && assigned > 1
      ? `All ${formatCount(liveMatterCount)}`
      : `${formatCount(assigned)} of ${formatCount(liveMatterCount)}`;
  const summary = `${share} open or pending matters ${have(assigned)} someone to take calls.`;
  if (withoutNumberCount === 0) return summary;
  const people = withoutNumberCount === 1 ? "person" : "people";
  return `${summary} ${formatCount(withoutNumberCount)} ${people} ${have(withoutNumberCount)} no phone number.`;
}

function have(count: number): string {
  return count === 1 ? "has" : "have";
}
