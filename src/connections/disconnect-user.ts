import { GrantRevokedError } from "../clio/oauth.ts";
import { removeCustomActions } from "../clio/resources/custom-actions.ts";
import { deauthorize } from "../clio/resources/deauthorize.ts";
import { ClioPermissionError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection, Connections } from "../store/repositories/connections.ts";
import type { Webhooks } from "../store/repositories/webhooks.ts";
import { removeWebhooks } from "./remove-webhooks.ts";
import type { UserClio } from "./user-clio.ts";

/**
 * Disconnects a user: deletes their custom actions and webhooks in Clio, ends the grant there, and deletes the connection.
 * A user who has already revoked the access in Clio is disconnected as well.
 * Throws as `ClioAccess.request` does; the user then stays connected.
 */
export async function disconnectUser(
  { connections, webhooks, userClio }: { connections: Connections; webhooks: Webhooks; userClio: UserClio },
  connection: Connection,
  context: RequestContext,
): Promise<void> {
  const clio = userClio(connection);
  try {
    await removeCustomActions(clio, context).catch(ignoreMissingPermission);
    await removeWebhooks({ webhooks, clio }, connection, context).catch(ignoreMissingPermission);
    await clio.request(deauthorize, context);
  } catch (error) {
    if (!(error instanceof GrantRevokedError)) throw error;
  }
  await connections.remove(connection.firmId, connection.userId);
}

/** A missing permission must not prevent the grant from being ended. */
function ignoreMissingPermission(error: unknown): void {
  if (!(error instanceof ClioPermissionError)) throw error;
}
