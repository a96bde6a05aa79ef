import type { DisconnectFailure } from "../../connections/disconnect-firm.ts";
import type { ConnectionCounts } from "../../store/repositories/connections.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import type { Mirror } from "../../store/repositories/mirror.ts";
import { formatCountOf } from "../../views/format.ts";
import { formatFirm } from "../format-firm.ts";

/** What is stored for a firm. */
export interface FirmContents {
  readonly users: ConnectionCounts;
  readonly keys: number;
  /** Records in its local copy; null without one. */
  readonly records: Mirror["records"] | null;
}

const ERASED =
  "The firm's data was deleted from the database, and the keys that encrypted it were destroyed. A running service forgets them within a minute. Existing backups are unchanged.";
const NOT_YET_ERASED =
  "The firm's data was deleted from the database. The keys that encrypted it couldn't be erased from the database files yet, because another process, such as a backup, is reading the database. The service erases them within a minute after that ends, or after its next start.";

/** What is about to happen, to be confirmed. */
export function formatConfirmation(firm: Firm, contents: FirmContents, withoutClio: boolean): string {
  const clio = withoutClio
    ? "Nothing is removed from Clio."
    : "In Clio, its users' access, menu entries and webhooks are removed.";
  return `This removes ${formatFirm(firm)}: ${formatContents(contents)}. Its receptionist will no longer get answers. ${clio}`;
}

/**
 * @param isErased whether the firm's keys are also gone from the database's files
 * @param usersLeftInClio for how many users nothing was removed from Clio
 */
export function formatRemoved(
  firm: Firm,
  contents: FirmContents,
  isErased: boolean,
  usersLeftInClio: number,
): string {
  const removed = `Removed ${formatFirm(firm)}: ${formatContents(contents)}. ${isErased ? ERASED : NOT_YET_ERASED}\n`;
  return usersLeftInClio === 0
    ? removed
    : `${removed}Clio still has the following, for ${formatLeftInClio(usersLeftInClio)}\n`;
}

/** Why the firm wasn't removed, and how to remove it anyway. */
export function formatNotRemoved(firm: Firm, failed: readonly DisconnectFailure[]): string {
  const users = formatCountOf(failed.length, "user");
  return `${formatFirm(firm)} was not removed, because its access in Clio couldn't be ended for ${users}:
${failed.map(({ userId, reason }) => `  user ${userId}: ${reason}`).join("\n")}
Fix the problem and run the command again. Users who are already disconnected are skipped. Or remove the firm without
contacting Clio:

  npm run firms -- remove ${firm.id} --without-clio

Clio then still has the following, for ${formatLeftInClio(failed.length)}`;
}

function formatLeftInClio(users: number): string {
  return `${formatCountOf(users, "user")}:
  - the app in the user's list of connected apps, until the user removes it there (the tokens stored by this service are deleted)
  - the menu entries, which now open an error page
  - the webhooks, whose deliveries this service refuses, and which expire within 31 days`;
}

function formatContents({ users, keys, records }: FirmContents): string {
  const parts = [
    formatCountOf(users.connected + users.revoked + users.unreadable, "user"),
    formatCountOf(keys, "key"),
    records && formatCountOf(records.users + records.contacts + records.matters, "Clio record"),
  ];
  return parts.filter((part) => part !== null).join(", ");
}
