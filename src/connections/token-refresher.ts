import type { RecordAudit } from "../audit/record-audit.ts";
import type { TokenProvider } from "../clio/client.ts";
import { type ClioOAuth, GrantRevokedError } from "../clio/oauth.ts";
import { refreshTime, type Token } from "../clio/token.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import { withTimeout } from "../runtime/timeout.ts";
import type { Locks } from "../store/coordination/locks.ts";
import type { Connection, Connections } from "../store/repositories/connections.ts";

interface TokenRefresherParts {
  connections: Connections;
  locks: Locks;
  oauth: ClioOAuth;
  recordAudit: RecordAudit;
  metrics: Metrics;
  now: () => number;
}

/**
 * Refreshes access tokens before they expire, and when Clio rejects one. However many requests in however many processes
 * need a new token, only one refresh is sent; the others wait for its result.
 */
export class TokenRefresher {
  readonly #parts: TokenRefresherParts;
  readonly #refreshes = new Map<string, Promise<Token>>();

  constructor(parts: TokenRefresherParts) {
    this.#parts = parts;
  }

  /** The tokens of one connection. Throws `GrantRevokedError`, or as `ClioOAuth.refresh` does. */
  providerFor(connection: Connection): TokenProvider {
    return {
      getAccessToken: (context) => this.#getAccessToken(connection, context),
      refreshAccessToken: async (rejected, context) =>
        (await context.wait(this.#replace(connection, rejected))).accessToken,
    };
  }

  /** Resolves when no refresh is running, so that a shutdown doesn't lose a token that Clio has just issued. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#refreshes.values());
  }

  async #getAccessToken(connection: Connection, context: RequestContext): Promise<string> {
    const { token } = connection;
    const now = this.#parts.now();
    if (now < refreshTime(token)) return token.accessToken;

    const refresh = this.#replace(connection, token.accessToken);
    if (now >= token.expiresAt) return (await context.wait(refresh)).accessToken;
    // While the old token is valid, a slow or failed refresh must not fail the request.
    const fallback = refresh.catch((error: unknown) => {
      if (error instanceof GrantRevokedError) throw error;
      return token;
    });
    return (await withTimeout(fallback, context.remaining() / 2, () => token)).accessToken;
  }

  /** Joins the refresh that this process is running, or starts one. */
  #replace(connection: Connection, stale: string): Promise<Token> {
    const key = `${connection.firmId} ${connection.userId}`;
    const running = this.#refreshes.get(key);
    if (running) return running;
    const refresh = this.#replaceInTurn(connection, stale).finally(() => this.#refreshes.delete(key));
    this.#refreshes.set(key, refresh);
    return refresh;
  }

  /** Lets one process at a time refresh. Those that waited find the new token in the database. */
  async #replaceInTurn({ firmId, userId }: Connection, stale: string): Promise<Token> {
    const { locks } = this.#parts;
    const current = await this.#loadConnection(firmId, userId);
    if (current.token.accessToken !== stale) return current.token;
    return locks.withLock(`refresh ${firmId} ${userId}`, () => this.#refresh(firmId, userId, stale));
  }

  async #loadConnection(firmId: string, userId: number): Promise<Connection> {
    const current = await this.#parts.connections.find(firmId, userId);
    if (current?.state !== "connected") throw new GrantRevokedError();
    return current;
  }

  async #refresh(firmId: string, userId: number, stale: string): Promise<Token> {
    const { connections, oauth, metrics, recordAudit } = this.#parts;
    const current = await this.#loadConnection(firmId, userId);
    if (current.token.accessToken !== stale) return current.token;
    try {
      const token = await oauth.refresh(current.token);
      await connections.saveToken(firmId, userId, token, current.generation);
      metrics.refreshes.inc({ outcome: "renewed" });
      return token;
    } catch (error) {
      const isRevoked = error instanceof GrantRevokedError;
      metrics.refreshes.inc({ outcome: isRevoked ? "revoked" : "failed" });
      if (isRevoked && (await connections.revoke(firmId, userId, current.generation)))
        await recordAudit({ firmId, kind: "access_revoked", actor: null, subject: current, origin: null });
      throw error;
    }
  }
}
