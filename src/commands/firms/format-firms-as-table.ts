import type { CompleteCopy, FirstRead, MirrorState, ReadProgress } from "../../mirror/mirror-state.ts";
import type { ConnectionCounts } from "../../store/repositories/connections.ts";
import { formatCount, formatCountOf } from "../../views/format.ts";
import { formatTable } from "../format-table.ts";
import { sanitizeForTerminal } from "../sanitize-for-terminal.ts";
import type { FirmOverview } from "./firm-overview.ts";

const HEADINGS = ["FIRM", "NAME", "REGION", "USERS", "STATE", "MIRROR", "LAST CALL"];
const MAX_NAME_LENGTH = 40;

const STATES: Readonly<Record<FirmOverview["state"], string>> = {
  connected: "connected",
  reconnect_needed: "reconnect needed",
  nobody_connected: "no user connected",
};

/** Why a firm can't be read, in a few words, by error code (docs/reference/errors.md). */
const ERROR_SUMMARIES: Readonly<Record<string, string>> = {
  clio_error: "Clio unreachable",
  clio_timeout: "Clio too slow",
  clio_rate_limited: "waiting for Clio's rate limit",
  clio_permission: "permission missing",
  clio_not_connected: "access ended",
  internal_error: "internal error, see the log",
};

/**
 * The firms as a table, and below it a summary and what to do.
 *
 * @param publicUrl where users of a firm connect
 * @param now epoch milliseconds
 */
export function formatFirmsAsTable(
  overviews: readonly FirmOverview[],
  publicUrl: string,
  now: number,
): string {
  if (overviews.length === 0)
    return "No firm is connected yet. To get a link that connects one, run: npm run firms -- admit\n";
  const rows = overviews.map(({ firm, users, state, mirror }) => [
    firm.id,
    truncate(sanitizeForTerminal(firm.name).trim()),
    firm.region,
    formatUsers(users),
    STATES[state],
    formatMirror(mirror, now),
    firm.lastCallAt === null ? "never" : formatAge(firm.lastCallAt, now),
  ]);
  return `${formatTable([HEADINGS, ...rows])}\n${formatSummary(overviews, publicUrl)}`;
}

function truncate(name: string): string {
  const letters = [...name];
  return letters.length > MAX_NAME_LENGTH ? `${letters.slice(0, MAX_NAME_LENGTH - 1).join("")}…` : name;
}

function formatSummary(overviews: readonly FirmOverview[], publicUrl: string): string {
  const counts = (Object.keys(STATES) as FirmOverview["state"][]).flatMap((state) => {
    const number = overviews.filter((overview) => overview.state === state).length;
    return number === 0 ? [] : `${formatCount(number)} ${STATES[state]}`;
  });
  const summary = `${formatCountOf(overviews.length, "firm")}: ${counts.join(", ")}.\n`;
  const lines = [summary, formatDisconnected(overviews, publicUrl), formatWithoutAdministrator(overviews)];
  return lines.join("");
}

function formatDisconnected(overviews: readonly FirmOverview[], publicUrl: string): string {
  if (overviews.every(({ state }) => state === "connected")) return "";
  return `A firm's callers can't be looked up while it isn't connected. A user with a Clio login at the firm must open ${publicUrl}/connect.\n`;
}

/** Doesn't list firms without connected users: their administrators get the role back when they connect. */
function formatWithoutAdministrator(overviews: readonly FirmOverview[]): string {
  const firms = overviews.filter(
    ({ state, administrators }) => state === "connected" && administrators === 0,
  );
  if (firms.length === 0) return "";
  const ids = firms.map(({ firm }) => firm.id).join(", ");
  return `No administrator is connected: ${ids}. To choose one, run: npm run firms -- admin FIRM USER\n`;
}

function formatUsers({ connected, revoked, unreadable }: ConnectionCounts): string {
  const others = [
    revoked > 0 && `${formatCount(revoked)} revoked`,
    unreadable > 0 && `${formatCount(unreadable)} unreadable`,
  ].filter((part) => part !== false);
  return others.length === 0 ? formatCount(connected) : `${formatCount(connected)} (${others.join(", ")})`;
}

function formatMirror(state: MirrorState, now: number): string {
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

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago a moment was: `5 min ago`. Both in epoch milliseconds. */
function formatAge(at: number, now: number): string {
  const age = now - at;
  if (age < MINUTE_MS) return "just now";
  if (age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min ago`;
  if (age < 2 * DAY_MS) return `${Math.floor(age / HOUR_MS)} h ago`;
  return `${formatCount(Math.floor(age / DAY_MS))} days ago`;
}
