import { z } from "zod";
import type { Budget } from "../budget.ts";
import type { ClioRequest } from "../clio/client.ts";
import { removeCustomActions } from "../clio/custom-actions.ts";
import { GrantRevoked } from "../clio/oauth.ts";
import { ClioPermission } from "../errors.ts";
import type { Connection, Connections } from "../store/connections.ts";
import type { Webhooks } from "../store/webhooks.ts";
import { removeWebhooks } from "./remove-webhooks.ts";
import type { UserClio } from "./user-clio.ts";

/** Ends the grant at Clio (clio-facts, OAuth 2.0). */
const deauthorize: ClioRequest<unknown> = {
  method: "POST",
  path: "/oauth/deauthorize",
  answer: z.unknown(),
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
  budget: Budget,
): Promise<void> {
  const clio = userClio(connection);
  try {
    await removeCustomActions(clio, budget).catch(unlessPermission);
    await removeWebhooks({ webhooks, clio }, connection, budget).catch(unlessPermission);
    await clio.ask(deauthorize, budget);
  } catch (error) {
    if (!(error instanceof GrantRevoked)) throw error;
  }
  await connections.remove(connection.firmId, connection.userId);
}

/** Without the permission there is nothing that could be removed; the grant ends nevertheless. */
function unlessPermission(error: unknown): void {
  if (!(error instanceof ClioPermission)) throw error;
}
