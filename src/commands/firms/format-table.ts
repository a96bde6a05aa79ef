import type { CompleteCopy, FirstRead, MirrorState, ReadProgress } from "../../mirror/mirror-state.ts";
import type { ConnectionCounts } from "../../store/repositories/connections.ts";
import { formatCount, formatCountOf } from "../../views/format.ts";
import { formatTable } from "../table.ts";
import { sanitizeForTerminal } from "../terminal-text.ts";
import type { FirmOverview } from "./firm-overview.ts";

const HEADINGS = ["FIRM", "NAME", "REGION", "USERS", "STATE", "MIRROR", "LAST CALL"];
const LONGEST_NAME = 40;

const STATES: Readonly<Record<FirmOverview["state"], string>> = {
  connected: "connected",
  reconnect_needed: "reconnect needed",
  nobody_connected: "nobody connected",
};

/** What keeps a firm from being read, in two or three words; the codes are those of the README's table of errors. */
const TROUBLES: Readonly<Record<string, string>> = {
  clio_error: "Clio not reached",
  clio_timeout: "Clio too slow",
  clio_rate_limited: "waiting for Clio's limit",
  clio_permission: "a permission is missing",
  clio_not_connected: "access has ended",
  internal_error: "failed here, see the log",
};

/**
 * The firms as a table, and below it how many there are and what is to be done.
 *
 * @param publicUrl where somebody of a firm goes to connect
 * @param now epoch milliseconds
 */
export function formatFirmsAsTable(
  overviews: readonly FirmOverview[],
  publicUrl: string,
  now: number,
): string {
  if (overviews.length === 0)
    return "No firm is admitted yet. This prints a link that admits one: npm run firms -- admit\n";
  const rows = overviews.map(({ firm, users, state, mirror }) => [
    firm.id,
    shortened(sanitizeForTerminal(firm.name).trim()),
    firm.region,
    usersWords(users),
    STATES[state],
    mirrorWords(mirror, now),
    firm.lastCallAt === null ? "never" : agoWords(firm.lastCallAt, now),
  ]);
  return `${formatTable([HEADINGS, ...rows])}\n${sumWords(overviews, publicUrl)}`;
}

function shortened(name: string): string {
  const letters = [...name];
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join("")}…` : name;
}

function sumWords(overviews: readonly FirmOverview[], publicUrl: string): string {
  const counts = (Object.keys(STATES) as FirmOverview["state"][]).flatMap((state) => {
    const number = overviews.filter((overview) => overview.state === state).length;
    return number === 0 ? [] : `${formatCount(number)} ${STATES[state]}`;
  });
  const sum = `${formatCountOf(overviews.length, "firm")}: ${counts.join(", ")}.\n`;
  if (overviews.every(({ state }) => state === "connected")) return sum;
  return `${sum}Callers of a firm that is not connected are not looked up until somebody with a Clio login of that firm opens ${publicUrl}/connect.\n`;
}

function usersWords({ connected, revoked, unreadable }: ConnectionCounts): string {
  const others = [
    revoked > 0 && `${formatCount(revoked)} revoked`,
    unreadable > 0 && `${formatCount(unreadable)} unreadable`,
  ];
  const apart = others.filter((words) => words !== false).join(", ");
  return apart === "" ? formatCount(connected) : `${formatCount(connected)} (${apart})`;
}

function mirrorWords(state: MirrorState, now: number): string {
  switch (state.phase) {
    case "live":
      return "live";
    case "nobody_connected":
      return "none";
    case "first_read":
      return withTrouble(`first read ${shareOf(state.reading)}`, state);
    default:
      return withTrouble(copyWords(state, now), state);
  }
}

function copyWords({ phase, checkedAt, records, reading }: CompleteCopy, now: number): string {
  const parts = [
    phase === "ready" ? "complete" : phase === "behind" ? "complete, lags behind" : "too old to answer from",
    `checked ${agoWords(checkedAt, now)}`,
    formatCountOf(records.users + records.contacts + records.matters, "record"),
    reading && `read again ${shareOf(reading)}`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}

function shareOf({ read, total }: ReadProgress): string {
  return total === null || total === 0 ? "about to begin" : `at ${Math.floor((100 * read) / total)} %`;
}

function withTrouble(words: string, { lastErrorCode }: FirstRead | CompleteCopy): string {
  return lastErrorCode === null ? words : `${words}; ${TROUBLES[lastErrorCode] ?? lastErrorCode}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago a moment was: `5 min ago`. Both in epoch milliseconds. */
function agoWords(at: number, now: number): string {
  const since = now - at;
  if (since < MINUTE) return "just now";
  if (since < HOUR) return `${Math.floor(since / MINUTE)} min ago`;
  if (since < 2 * DAY) return `${Math.floor(since / HOUR)} h ago`;
  return `${formatCount(Math.floor(since / DAY))} days ago`;
}
