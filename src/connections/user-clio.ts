import type { ClioClient } from "../clio/client.ts";
import type { ClioAccess } from "../clio/pages.ts";
import type { Connection } from "../store/connections.ts";
import type { LiveTokens } from "./live-token.ts";

/**
 * Clio as one connected user sees it: what the user may not see there, nobody sees through it.
 * Throws `GrantRevoked` when the user took the access back, else as `ClioClient.ask` does.
 */
export type UserClio = (connection: Connection) => ClioAccess;

/** Reads Clio in the name of one user; nobody else takes over. */
export function createUserClio(liveTokens: LiveTokens, client: ClioClient): UserClio {
  return (connection) => ({
    ask: (request, budget) => client.ask(liveTokens.identityOf(connection), request, budget),
  });
}
