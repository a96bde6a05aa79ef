import type { DisconnectFailure } from "../../connections/disconnect-firm.ts";
import type { ConnectionCounts } from "../../store/repositories/connections.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { Mirror } from "../../store/repositories/mirrors.ts";
import { formatCountOf } from "../../views/format.ts";
import { sanitizeForTerminal } from "../terminal-text.ts";

/** What belongs to a firm. */
export interface FirmContents {
  readonly users: ConnectionCounts;
  readonly keys: number;
  /** Of its local copy; null without one. */
  readonly records: Mirror["records"] | null;
}

/** The firm as its operator knows it: `Hollis & Vance LLP (us-12345)`. */
export function formatFirm({ name, id }: Firm): string {
  const shown = sanitizeForTerminal(name).trim();
  return shown ? `${shown} (${id})` : id;
}

/** What is about to happen, before it is confirmed. */
export function formatConfirmation(firm: Firm, belongings: FirmContents, withoutClio: boolean): string {
  const clio = withoutClio
    ? "Clio is not told."
    : "In Clio, the access of its users, their menu entries and the webhooks are ended.";
  return `This removes ${formatFirm(firm)}: ${belongingsWords(belongings)}. Its receptionist is not answered any more. ${clio}`;
}

/** How it went, and what stays in Clio. */
export function formatRemoved(firm: Firm, belongings: FirmContents, left: number): string {
  const removed = `${formatFirm(firm)} is removed: ${belongingsWords(belongings)}. Nothing of it is left here.\n`;
  return left === 0 ? removed : `${removed}${leftInClioWords(left)}\n`;
}

/** Why nothing was removed, and how it can be all the same. */
export function formatNotRemoved(firm: Firm, still: readonly DisconnectFailure[]): string {
  return `${formatFirm(firm)} is not removed, because Clio could not be told for ${formatCountOf(still.length, "user")}:
${still.map(({ userId, reason }) => `  user ${userId}: ${reason}`).join("\n")}
Run the command again once that is mended: whoever could be disconnected is so already. Or remove the firm without telling Clio:

  npm run firms -- remove ${firm.id} --without-clio

${leftInClioWords(still.length, "Then")}`;
}

function leftInClioWords(users: number, from: "Now" | "Then" = "Now"): string {
  return `${from} there stays in Clio, for ${formatCountOf(users, "user")}: the app among those that have access, until the user ends that in Clio's settings (the tokens are deleted here); the menu entries, which lead to a page that turns them away; and the webhooks, whose deliveries are refused here and which end by themselves within 31 days.`;
}

function belongingsWords({ users, keys, records }: FirmContents): string {
  const parts = [
    formatCountOf(users.connected + users.revoked + users.unreadable, "user"),
    formatCountOf(keys, "key"),
    records && `${formatCountOf(records.users + records.contacts + records.matters, "record")} of its Clio`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}
