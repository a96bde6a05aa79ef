import type { ClioClient } from "../clio/client.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { ClioNotConnectedError } from "../errors.ts";
import type { Connections } from "../store/repositories/connections.ts";
import type { TokenRefresher } from "./token-refresher.ts";

/** Clio as a firm's lookup account sees it. */
export type FirmClio = (firmId: string) => ClioAccess;

/**
 * Gives access to Clio through a firm's lookup account. If that user has revoked the access, the firm's next connected
 * user takes over within the same request.
 * Requests throw `ClioNotConnectedError` if no connected user is left, otherwise as `ClioClient.request` does.
 */
export function createFirmClio(
  connections: Connections,
  tokenRefresher: TokenRefresher,
  client: ClioClient,
): FirmClio {
  return (firmId) => ({
    async request(request, context) {
      for (;;) {
        const connection = await connections.lookupAccount(firmId);
        if (!connection) throw await notConnectedError(connections, firmId);
        try {
          return await client.request(tokenRefresher.providerFor(connection), request, context);
        } catch (error) {
          // The token refresher has stored the revocation, so the next iteration finds another user, or none.
          if (!(error instanceof GrantRevokedError)) throw error;
        }
      }
    },
  });
}

async function notConnectedError(connections: Connections, firmId: string): Promise<ClioNotConnectedError> {
  const all = await connections.listByFirm(firmId);
  const reason = all.some(({ state }) => state === "unreadable")
    ? "The firm's access to Clio is encrypted with a key that is no longer in SECRET_KEY."
    : "No user of the firm is connected to Clio.";
  return new ClioNotConnectedError(`${reason} A Clio user of the firm has to open /connect.`);
}
