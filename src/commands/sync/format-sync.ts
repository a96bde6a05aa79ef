import type { ReadProgress } from "../../mirror/mirror-state.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import { formatCount, formatCountOf, formatTimeLeft } from "../../views/format.ts";
import { describeError } from "../../views/sync-error-text.ts";
import { formatFirm } from "../format-firm.ts";
import type { FirmInProgress, SyncOutcome } from "./sync-firms.ts";

/** The progress of all firms together. */
export interface SyncProgress {
  /** Of everything there is to read, 0 to 1; null until Clio has said how much that is. */
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
  const secondsLeft = Math.max(0, ...known.map((reading) => reading.secondsLeft ?? 0));
  const share = isKnown ? read / total : null;
  const wait = formatWait(firms, now);
  if (wait !== null) return { share, text: wait };
  const parts = [
    firms.length > 1 ? formatCountOf(firms.length, "firm") : null,
    total > 0 ? `${formatCount(read)} of ${formatCount(total)} records` : "reading the first records",
    isKnown ? formatTimeLeft(secondsLeft) : null,
  ];
  return { share, text: parts.filter((part) => part !== null).join(", ") };
}

/** Why every firm is waiting, and for how long; null while at least one is being read. */
function formatWait(firms: readonly FirmInProgress[], now: number): string | null {
  const waiting = firms.flatMap(({ state }) =>
    "lastErrorCode" in state && state.lastErrorCode !== null && state.retryAt > now ? [state] : [],
  );
  const [next] = waiting.toSorted((one, other) => one.retryAt - other.retryAt);
  if (!next || waiting.length < firms.length) return null;
  const seconds = Math.ceil((next.retryAt - now) / 1000);
  return next.lastErrorCode === "clio_rate_limited"
    ? `Clio's rate limit is used up, continuing in ${seconds} s`
    : `Can't read from Clio, retrying in ${seconds} s`;
}

/** One or two sentences on the outcome for a firm. */
export function formatOutcome(firm: Firm, outcome: SyncOutcome, publicUrl: string): string {
  return `${formatFirm(firm)}: ${describeOutcome(outcome, publicUrl)}`;
}

function describeOutcome(outcome: SyncOutcome, publicUrl: string): string {
  switch (outcome.kind) {
    case "synced": {
      const { contacts, matters, users } = outcome.records;
      return `synced ${formatCountOf(contacts, "contact")}, ${formatCountOf(matters, "matter")}, ${formatCountOf(users, "user")}.`;
    }
    case "no_user_connected":
      return `can't be synced because no user is connected. A user with a Clio login at the firm must open ${publicUrl}/connect.`;
    case "removed":
      return "was removed during the sync.";
    case "failed": {
      const { what, next } = describeError(outcome.errorCode);
      return `${what} ${next}`;
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
