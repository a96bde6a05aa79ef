import type { ClioClient } from "../clio/client.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
import type { ClioAccess } from "../clio/paging.ts";
import { ClioNotConnectedError } from "../errors.ts";
import type { Connections } from "../store/repositories/connections.ts";
import type { TokenRefresher } from "./token-refresher.ts";

/** Clio as a firm's receptionist sees it: through the connected user who answers lookups. */
export type FirmClio = (firmId: string) => ClioAccess;

/**
 * Reads Clio in the name of a firm. When the grant of the user who answers was revoked, the firm's next connected
 * user takes over within the same request.
 * The reader throws `ClioNotConnected` when nobody is left, else as `ClioClient.ask` does.
 */
export function createFirmClio(
  connections: Connections,
  liveTokens: TokenRefresher,
  client: ClioClient,
): FirmClio {
  return (firmId) => ({
    async request(request, context) {
      for (;;) {
        const connection = await connections.lookupAccount(firmId);
        if (!connection) throw await notConnected(connections, firmId);
        try {
          return await client.request(liveTokens.providerFor(connection), request, context);
        } catch (error) {
          // The revocation is in the store by now: the next turn finds somebody else, or nobody.
          if (!(error instanceof GrantRevokedError)) throw error;
        }
      }
    },
  });
}

async function notConnected(connections: Connections, firmId: string): Promise<ClioNotConnectedError> {
  const all = await connections.ofFirm(firmId);
  const why = all.some(({ state }) => state === "unreadable")
    ? "The firm's stored access to Clio was sealed with a key that SECRET_KEY does not have any more."
    : "No user of the firm is connected to Clio any more.";
  return new ClioNotConnectedError(`${why} Somebody with a Clio login has to open /connect.`);
}
