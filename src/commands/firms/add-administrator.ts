import { COMMAND_LINE, type RecordAudit } from "../../audit/record-audit.ts";
import type { AdministratorRole } from "../../store/repositories/administrators.ts";
import type { Connection, UnreadableConnection } from "../../store/repositories/connections.ts";
import type { Store } from "../../store/store.ts";
import { CommandError } from "../command-error.ts";
import { formatFirm } from "../format-firm.ts";
import { sanitizeForTerminal } from "../sanitize-for-terminal.ts";
import { UnknownFirmError } from "../unknown-firm-error.ts";

interface AddAdministratorParts {
  readonly store: Pick<Store, "firms" | "connections" | "administrators">;
  readonly recordAudit: RecordAudit;
  /** Where users of a firm connect. */
  readonly publicUrl: string;
}

/**
 * `npm run firms -- admin`: makes a connected user an administrator of their firm.
 *
 * @param userId as typed; null if it is missing
 * @returns the text for the operator
 * @throws CommandError when there is no such firm or connected user; the message lists the existing ones
 */
export async function addAdministrator(
  { store, recordAudit, publicUrl }: AddAdministratorParts,
  firmId: string,
  userId: string | null,
): Promise<string> {
  const firm = await store.firms.find(firmId);
  if (!firm) throw new UnknownFirmError(firmId, await store.firms.list());
  const connected = (await store.connections.listByFirm(firm.id)).filter(isConnected);
  const administrators = await store.administrators.listByFirm(firm.id);
  const user = connected.find((each) => String(each.userId) === userId);
  if (!user) {
    const problem =
      userId === null
        ? "admin needs the ID of a user."
        : `${formatFirm(firm)} has no connected user ${JSON.stringify(userId)}.`;
    throw new CommandError(`${problem} ${formatUsers(connected, administrators, publicUrl)}`, 2);
  }
  if (administrators.has(user.userId))
    return `${formatUser(user)} is already an administrator of ${formatFirm(firm)}.\n`;
  if (!(await store.administrators.add(firm.id, user.userId)))
    throw new CommandError(`${formatUser(user)} has just disconnected. Nothing was changed.`);
  await recordAudit({
    firmId: firm.id,
    kind: "administrator_added",
    actor: null,
    subject: user,
    origin: COMMAND_LINE,
  });
  return `${formatUser(user)} is now an administrator of ${formatFirm(firm)}.\n`;
}

function isConnected(connection: Connection | UnreadableConnection): connection is Connection {
  return connection.state === "connected";
}

function formatUsers(
  users: readonly Connection[],
  administrators: ReadonlyMap<number, AdministratorRole>,
  publicUrl: string,
): string {
  if (users.length === 0) return `No user is connected. A user of the firm must open ${publicUrl}/connect.`;
  const lines = users.map((user) => {
    const role = administrators.has(user.userId) ? ", administrator" : "";
    return `  ${user.userId}  ${sanitizeForTerminal(user.userName ?? "").trim()}${role}`;
  });
  return `Connected users:\n${lines.join("\n")}`;
}

function formatUser({ userId, userName }: Connection): string {
  const name = sanitizeForTerminal(userName ?? "").trim();
  return name ? `${name} (${userId})` : `User ${userId}`;
}
