import type { ReadProgress } from "../../mirror/mirror-state.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import { formatCount, formatCountOf, formatTimeLeft } from "../../views/format.ts";
import { describeError } from "../../views/sync-error-text.ts";
import { sanitizeForTerminal } from "../terminal-text.ts";
import type { FirmInProgress, SyncOutcome } from "./sync-firms.ts";

/** How far the firms are together, for a line of progress. */
export interface SyncProgress {
  /** Of everything there is to read, 0 to 1; null while Clio has not said how much that is. */
  readonly share: number | null;
  readonly text: string;
}

/** @param now epoch milliseconds */
export function formatProgress(firms: readonly FirmInProgress[], now: number): SyncProgress {
  const readings = firms.map(({ state }) => ("reading" in state ? state.reading : null));
  const known = readings.filter(
    (reading): reading is ReadProgress & { total: number } => reading?.total != null,
  );
  const total = sum(known.map((reading) => reading.total));
  const read = sum(known.map((reading) => reading.read));
  const isKnown = total > 0 && known.length === firms.length;
  const longest = Math.max(0, ...known.map(({ secondsLeft }) => secondsLeft ?? 0));
  const share = isKnown ? read / total : null;
  const wait = waitWords(firms, now);
  if (wait !== null) return { share, text: wait };
  const parts = [
    firms.length > 1 ? formatCountOf(firms.length, "firm") : null,
    total > 0 ? `${formatCount(read)} of ${formatCount(total)} records` : "reading the first records",
    isKnown ? formatTimeLeft(longest) : null,
  ];
  return { share, text: parts.filter((part) => part !== null).join(", ") };
}

/** What is waited for, when every firm waits; null while any of them goes on. */
function waitWords(firms: readonly FirmInProgress[], now: number): string | null {
  const waits = firms.flatMap(({ state }) =>
    "lastErrorCode" in state && state.lastErrorCode !== null && state.retryAt > now ? [state] : [],
  );
  const [first] = waits.toSorted((one, other) => one.retryAt - other.retryAt);
  if (!first || waits.length < firms.length) return null;
  const seconds = Math.ceil((first.retryAt - now) / 1000);
  return first.lastErrorCode === "clio_rate_limited"
    ? `Clio's limit is used up, going on in ${seconds} s`
    : `Clio cannot be read, trying again in ${seconds} s`;
}

/** One or two sentences on how it ended for a firm. */
export function formatOutcome({ name, id }: Firm, ending: SyncOutcome, publicUrl: string): string {
  // Whoever names a firm in Clio has no business with this terminal.
  const shown = sanitizeForTerminal(name);
  return `${shown ? `${shown} (${id})` : id}: ${outcome()}`;

  function outcome(): string {
    switch (ending.how) {
      case "read": {
        const { contacts, matters, users } = ending.records;
        return `everything is read: ${formatCountOf(contacts, "contact")}, ${formatCountOf(matters, "matter")}, ${formatCountOf(users, "user")}.`;
      }
      case "nobody_connected":
        return `nobody is connected, so it cannot be read. Somebody with a Clio login of the firm has to open ${publicUrl}/connect.`;
      case "not_admitted":
        return "it is not admitted any more.";
      case "trouble": {
        const { what, next } = describeError(ending.trouble);
        return `${what} ${next}`;
      }
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
