import type { ClioClient } from "../clio/client.ts";
import type { ClioAccess } from "../clio/paging.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { TokenRefresher } from "./token-refresher.ts";

/**
 * Clio as one connected user sees it: what the user may not see there, nobody sees through it.
 * Throws `GrantRevoked` when the user took the access back, else as `ClioClient.ask` does.
 */
export type UserClio = (connection: Connection) => ClioAccess;

/** Reads Clio in the name of one user; nobody else takes over. */
export function createUserClio(liveTokens: TokenRefresher, client: ClioClient): UserClio {
  return (connection) => ({
    request: (request, context) => client.request(liveTokens.providerFor(connection), request, context),
  });
}
