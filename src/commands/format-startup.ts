import { formatCount, formatCountOf } from "../views/format.ts";
import { formatMirror } from "./firms/format-mirror.ts";
import { formatAge } from "./format-age.ts";
import { formatFirm } from "./format-firm.ts";
import type { FirmStatus, StartupStatus } from "./startup-status.ts";

/** Beyond these, `npm run firms` lists the firms. */
const MAX_LISTED_FIRMS = 3;

/** The lines for a person who starts the service at a terminal: where it is, for which firms, and what to do next. */
export function formatStartup(status: StartupStatus, now: number): string {
  const { url, publicUrl, clioUrl, firms } = status;
  const rows = [
    ["Listening on", url],
    ["Public address", publicUrl],
    ["Clio", clioUrl],
    ...formatFirms(firms, now),
  ];
  const lines = rows.map(([label = "", value]) => `  ${label.padEnd(16)}${value}`);
  const steps = nextSteps(status);
  return [
    "",
    "Clio Call Router is running. Press Ctrl+C to stop it.",
    "",
    ...lines,
    ...steps.flatMap((step) => ["", step]),
    "",
  ].join("\n");
}

function formatFirms(firms: readonly FirmStatus[], now: number): string[][] {
  if (firms.length === 0) return [["Firms", "none is connected yet"]];
  if (firms.length > MAX_LISTED_FIRMS) {
    const connected = firms.filter(({ state }) => state === "connected").length;
    const counts = `${formatCountOf(firms.length, "firm")}, ${formatCount(connected)} connected`;
    return [["Firms", `${counts} (npm run firms lists them)`]];
  }
  return firms.map((status, i) => [
    i > 0 ? "" : firms.length > 1 ? "Firms" : "Firm",
    formatStatus(status, now),
  ]);
}

function formatStatus({ firm, state, mirror }: FirmStatus, now: number): string {
  const name = formatFirm(firm);
  if (state !== "connected") return `${name}: no user is connected`;
  const lastCall = firm.lastCallAt === null ? "no call yet" : `last call ${formatAge(firm.lastCallAt, now)}`;
  return mirror.phase === "live"
    ? `${name}: ${lastCall}`
    : `${name}: local copy ${formatMirror(mirror, now)}; ${lastCall}`;
}

/** What is missing, the most urgent first. */
function nextSteps({
  url,
  publicUrl,
  isPublicUrlReachable,
  setupLink,
  hasSetupToken,
  firms,
}: StartupStatus): string[] {
  const steps: string[] = [];
  if (!isPublicUrlReachable) {
    steps.push(
      `The public address doesn't answer, at least not from this machine. Upfirst and Clio need it: start your HTTPS proxy or tunnel, and let it forward to ${url}.`,
    );
  }
  if (firms.length === 0) {
    if (setupLink !== null) {
      steps.push(
        `Next, connect your firm: open this link, sign in to Clio and allow access. It works once. Keep it private.\n\n  ${setupLink}`,
      );
    } else if (hasSetupToken) {
      steps.push(
        `Next, connect your firm: open the setup link, which is ${publicUrl}/connect?setup= followed by your SETUP_TOKEN.`,
      );
    } else {
      steps.push("Next, connect a firm. To get a link for it, run: npm run firms -- admit");
    }
    return steps;
  }
  const [disconnected] = firms.filter(({ state }) => state !== "connected");
  const [withoutKey] = firms.filter(({ state, hasKey }) => state === "connected" && !hasKey);
  const [withoutCall] = firms.filter(
    ({ state, hasKey, firm }) => state === "connected" && hasKey && firm.lastCallAt === null,
  );
  if (disconnected) {
    steps.push(
      `Callers of ${formatFirm(disconnected.firm)} can't be looked up. A user of the firm must open ${publicUrl}/connect.`,
    );
  }
  if (withoutKey) {
    steps.push(
      `Next, open ${publicUrl}/setup, create a key for ${formatFirm(withoutKey.firm)}, and enter it in Upfirst.`,
    );
  } else if (withoutCall) {
    steps.push(
      `Next, set up Upfirst for ${formatFirm(withoutCall.firm)} as ${publicUrl}/setup shows, and call the firm's number.`,
    );
  }
  return steps;
}
