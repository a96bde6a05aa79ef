import { z } from "zod";
import type { ClioRequest } from "../clio/client.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
import { removeCustomActions } from "../clio/resources/custom-actions.ts";
import { ClioPermissionError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection, Connections } from "../store/repositories/connections.ts";
import type { Webhooks } from "../store/repositories/webhooks.ts";
import { removeWebhooks } from "./remove-webhooks.ts";
import type { UserClio } from "./user-clio.ts";

/** Ends the grant at Clio (clio-facts, OAuth 2.0). */
const deauthorize: ClioRequest<unknown> = {
  method: "POST",
  path: "/oauth/deauthorize",
  schema: z.unknown(),
  permission: "",
};

/**
 * Disconnects a user: takes the custom actions and the webhooks out of their Clio, ends the grant there, and forgets the token. When Clio
 * cannot be asked, everything stays as it is; a user who took the access back in Clio already is forgotten all the same.
 * Throws as `ClioAccess.ask` does.
 */
export async function disconnectUser(
  { connections, webhooks, userClio }: { connections: Connections; webhooks: Webhooks; userClio: UserClio },
  connection: Connection,
  context: RequestContext,
): Promise<void> {
  const clio = userClio(connection);
  try {
    await removeCustomActions(clio, context).catch(unlessPermission);
    await removeWebhooks({ webhooks, clio }, connection, context).catch(unlessPermission);
    await clio.request(deauthorize, context);
  } catch (error) {
    if (!(error instanceof GrantRevokedError)) throw error;
  }
  await connections.remove(connection.firmId, connection.userId);
}

/** Without the permission there is nothing that could be removed; the grant ends nevertheless. */
function unlessPermission(error: unknown): void {
  if (!(error instanceof ClioPermissionError)) throw error;
}
