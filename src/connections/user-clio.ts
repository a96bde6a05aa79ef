import type { ClioClient } from "../clio/client.ts";
import type { ClioAccess } from "../clio/paging.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { TokenRefresher } from "./token-refresher.ts";

/**
 * Clio as one connected user sees it, with nothing that Clio hides from that user.
 * Requests throw `GrantRevokedError` if the user revoked the access, otherwise as `ClioClient.request` does.
 */
export type UserClio = (connection: Connection) => ClioAccess;

/** Gives access to Clio through one user. Unlike `createFirmClio`, no other user takes over. */
export function createUserClio(tokenRefresher: TokenRefresher, client: ClioClient): UserClio {
  return (connection) => ({
    request: (request, context) => client.request(tokenRefresher.providerFor(connection), request, context),
  });
}
