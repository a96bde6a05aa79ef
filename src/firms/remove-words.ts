import type { StillInClio } from "../connections/disconnect-firm.ts";
import type { ConnectionCounts } from "../store/connections.ts";
import type { Firm } from "../store/firms.ts";
import type { Mirror } from "../store/mirrors.ts";
import { forTerminal } from "../terminal-text.ts";
import { countOf } from "../views/words.ts";

/** What belongs to a firm. */
export interface FirmBelongings {
  readonly users: ConnectionCounts;
  readonly keys: number;
  /** Of its local copy; null without one. */
  readonly records: Mirror["records"] | null;
}

/** The firm as its operator knows it: `Hollis & Vance LLP (us-12345)`. */
export function firmWords({ name, id }: Firm): string {
  const shown = forTerminal(name).trim();
  return shown ? `${shown} (${id})` : id;
}

/** What is about to happen, before it is confirmed. */
export function beforeWords(firm: Firm, belongings: FirmBelongings, withoutClio: boolean): string {
  const clio = withoutClio
    ? "Clio is not told."
    : "In Clio, the access of its users, their menu entries and the webhooks are ended.";
  return `This removes ${firmWords(firm)}: ${belongingsWords(belongings)}. Its receptionist is not answered any more. ${clio}`;
}

/** How it went, and what stays in Clio. */
export function removedWords(firm: Firm, belongings: FirmBelongings, left: number): string {
  const removed = `${firmWords(firm)} is removed: ${belongingsWords(belongings)}. Nothing of it is left here.\n`;
  return left === 0 ? removed : `${removed}${leftInClioWords(left)}\n`;
}

/** Why nothing was removed, and how it can be all the same. */
export function notRemovedWords(firm: Firm, still: readonly StillInClio[]): string {
  return `${firmWords(firm)} is not removed, because Clio could not be told for ${countOf(still.length, "user")}:
${still.map(({ userId, why }) => `  user ${userId}: ${why}`).join("\n")}
Run the command again once that is mended: whoever could be disconnected is so already. Or remove the firm without telling Clio:

  npm run firms -- remove ${firm.id} --without-clio

${leftInClioWords(still.length, "Then")}`;
}

function leftInClioWords(users: number, from: "Now" | "Then" = "Now"): string {
  return `${from} there stays in Clio, for ${countOf(users, "user")}: the app among those that have access, until the user ends that in Clio's settings (the tokens are deleted here); the menu entries, which lead to a page that turns them away; and the webhooks, whose deliveries are refused here and which end by themselves within 31 days.`;
}

function belongingsWords({ users, keys, records }: FirmBelongings): string {
  const parts = [
    countOf(users.connected + users.revoked + users.unreadable, "user"),
    countOf(keys, "key"),
    records && `${countOf(records.users + records.contacts + records.matters, "record")} of its Clio`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}
