import type { CompleteCopy, FirstRead, MirrorState, ReadProgress } from "../../mirror/mirror-state.ts";
import { formatCountOf } from "../../views/format.ts";
import { formatAge } from "../format-age.ts";

/** Why a firm can't be read, in a few words, by error code (docs/reference/errors.md). */
const ERROR_SUMMARIES: Readonly<Record<string, string>> = {
  clio_error: "Clio unreachable",
  clio_timeout: "Clio too slow",
  clio_rate_limited: "waiting for Clio's rate limit",
  clio_permission: "permission missing",
  clio_not_connected: "access ended",
  internal_error: "internal error, see the log",
};

/** What is stored of a firm, in a few words. @param now epoch milliseconds */
export function formatMirror(state: MirrorState, now: number): string {
  switch (state.phase) {
    case "live":
      return "live";
    case "nobody_connected":
      return "none";
    case "first_read":
      return withError(`first sync ${formatShare(state.reading)}`, state);
    default:
      return withError(formatCopy(state, now), state);
  }
}

function formatCopy({ phase, checkedAt, records, reading }: CompleteCopy, now: number): string {
  const parts = [
    phase === "ready" ? "complete" : phase === "behind" ? "complete but behind" : "too old to use",
    `checked ${formatAge(checkedAt, now)}`,
    formatCountOf(records.users + records.contacts + records.matters, "record"),
    reading && `full sync ${formatShare(reading)}`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}

function formatShare({ read, total }: ReadProgress): string {
  return total === null || total === 0 ? "starting" : `at ${Math.floor((100 * read) / total)}%`;
}

function withError(text: string, { lastErrorCode }: FirstRead | CompleteCopy): string {
  return lastErrorCode === null ? text : `${text}; ${ERROR_SUMMARIES[lastErrorCode] ?? lastErrorCode}`;
}
