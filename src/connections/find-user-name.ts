import { getUserName } from "../clio/resources/users.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { UserClio } from "./user-clio.ts";

/**
 * The name of another user of the firm, for a text that works without it.
 * @returns null if the connected user may not see it, or Clio doesn't respond
 */
export function findUserName(
  userClio: UserClio,
  connection: Connection,
  userId: number,
  context: RequestContext,
): Promise<string | null> {
  return getUserName(userClio(connection), userId, context).catch(() => null);
}
