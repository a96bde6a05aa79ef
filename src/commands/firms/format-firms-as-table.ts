import type { ConnectionCounts } from "../../store/repositories/connections.ts";
import { formatCount, formatCountOf } from "../../views/format.ts";
import { formatAge } from "../format-age.ts";
import { formatTable } from "../format-table.ts";
import { sanitizeForTerminal } from "../sanitize-for-terminal.ts";
import type { FirmOverview } from "./firm-overview.ts";
import { formatMirror } from "./format-mirror.ts";

const HEADINGS = ["FIRM", "NAME", "REGION", "USERS", "STATE", "MIRROR", "LAST CALL"];
const MAX_NAME_LENGTH = 40;

const STATES: Readonly<Record<FirmOverview["state"], string>> = {
  connected: "connected",
  reconnect_needed: "reconnect needed",
  nobody_connected: "no user connected",
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
