import type { Reading } from "../mirror/mirror-state.ts";
import type { Firm } from "../store/firms.ts";
import { forTerminal } from "../terminal-text.ts";
import { troubleWords } from "../views/directory-words.ts";
import { count, countOf, timeLeft } from "../views/words.ts";
import type { Ending, FirmBeingRead } from "./read-everything.ts";

/** How far the firms are together, for a line of progress. */
export interface SyncProgress {
  /** Of everything there is to read, 0 to 1; null while Clio has not said how much that is. */
  readonly share: number | null;
  readonly text: string;
}

/** @param now epoch milliseconds */
export function progressWords(firms: readonly FirmBeingRead[], now: number): SyncProgress {
  const readings = firms.map(({ state }) => ("reading" in state ? state.reading : null));
  const known = readings.filter((reading): reading is Reading & { total: number } => reading?.total != null);
  const total = sum(known.map((reading) => reading.total));
  const read = sum(known.map((reading) => reading.read));
  const isKnown = total > 0 && known.length === firms.length;
  const longest = Math.max(0, ...known.map(({ secondsLeft }) => secondsLeft ?? 0));
  const share = isKnown ? read / total : null;
  const wait = waitWords(firms, now);
  if (wait !== null) return { share, text: wait };
  const parts = [
    firms.length > 1 ? countOf(firms.length, "firm") : null,
    total > 0 ? `${count(read)} of ${count(total)} records` : "reading the first records",
    isKnown ? timeLeft(longest) : null,
  ];
  return { share, text: parts.filter((part) => part !== null).join(", ") };
}

/** What is waited for, when every firm waits; null while any of them goes on. */
function waitWords(firms: readonly FirmBeingRead[], now: number): string | null {
  const waits = firms.flatMap(({ state }) =>
    "trouble" in state && state.trouble !== null && state.retryAt > now ? [state] : [],
  );
  const [first] = waits.toSorted((one, other) => one.retryAt - other.retryAt);
  if (!first || waits.length < firms.length) return null;
  const seconds = Math.ceil((first.retryAt - now) / 1000);
  return first.trouble === "clio_rate_limited"
    ? `Clio's limit is used up, going on in ${seconds} s`
    : `Clio cannot be read, trying again in ${seconds} s`;
}

/** One or two sentences on how it ended for a firm. */
export function endingWords({ name, id }: Firm, ending: Ending, publicUrl: string): string {
  // Whoever names a firm in Clio has no business with this terminal.
  const shown = forTerminal(name);
  return `${shown ? `${shown} (${id})` : id}: ${outcome()}`;

  function outcome(): string {
    switch (ending.how) {
      case "read": {
        const { contacts, matters, users } = ending.records;
        return `everything is read: ${countOf(contacts, "contact")}, ${countOf(matters, "matter")}, ${countOf(users, "user")}.`;
      }
      case "nobody_connected":
        return `nobody is connected, so it cannot be read. Somebody with a Clio login of the firm has to open ${publicUrl}/connect.`;
      case "not_admitted":
        return "it is not admitted any more.";
      case "trouble": {
        const { what, next } = troubleWords(ending.trouble);
        return `${what} ${next}`;
      }
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
