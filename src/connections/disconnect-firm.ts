import { COMMAND_LINE, type RecordAudit } from "../audit/record-audit.ts";
import { ClioTimeoutError, ServiceError } from "../errors.ts";
import { startContext } from "../runtime/request-context.ts";
import type { Connections } from "../store/repositories/connections.ts";
import type { Webhooks } from "../store/repositories/webhooks.ts";
import { disconnectUser } from "./disconnect-user.ts";
import type { UserClio } from "./user-clio.ts";

/** A user whose access in Clio couldn't be ended. */
export interface DisconnectFailure {
  readonly userId: number;
  /** A sentence for the operator. */
  readonly reason: string;
}

/** For each user. */
const DISCONNECT_TIMEOUT_MS = 20_000;

/**
 * Disconnects every connected user of a firm, as `disconnectUser` does. Users who revoked the access in Clio are skipped,
 * because nothing is left to remove there. The history records the operator as the actor.
 *
 * @returns the users whose access in Clio couldn't be ended; they stay connected
 */
export async function disconnectFirm(
  parts: { connections: Connections; webhooks: Webhooks; userClio: UserClio; recordAudit: RecordAudit },
  firmId: string,
): Promise<DisconnectFailure[]> {
  const failures: DisconnectFailure[] = [];
  let hasTimedOut = false;
  // The lookup account comes last. If it went first, the next user would become the lookup account, and a full sync
  // would start with their access.
  for (const connection of (await parts.connections.listByFirm(firmId)).toReversed()) {
    const { userId, state } = connection;
    if (state === "unreadable")
      failures.push({
        userId,
        reason: "Their access is encrypted with a key that is no longer in SECRET_KEY.",
      });
    else if (state === "connected" && hasTimedOut)
      failures.push({ userId, reason: "Not tried, because Clio didn't respond for another user." });
    else if (state === "connected") {
      const context = startContext(DISCONNECT_TIMEOUT_MS);
      try {
        await disconnectUser(parts, connection, context);
        await parts.recordAudit({
          firmId,
          kind: "user_removed",
          actor: null,
          subject: connection,
          origin: COMMAND_LINE,
        });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        hasTimedOut = error instanceof ClioTimeoutError;
        failures.push({ userId, reason: error.detail });
      } finally {
        context.close();
      }
    }
  }
  return failures;
}
