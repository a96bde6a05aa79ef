import type { TokenProvider } from "../clio/client.ts";
import type { ClioOAuth } from "../clio/oauth.ts";
import { GrantRevokedError } from "../clio/oauth.ts";
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
  metrics: Metrics;
  now: () => number;
}

/**
 * Keeps every connection's access token alive: renewed ahead of expiry and once more when Clio refuses it.
 * However many requests find a token stale, in however many processes, one refresh goes out and all of them wait for its
 * result.
 */
export class TokenRefresher {
  readonly #parts: TokenRefresherParts;
  readonly #renewals = new Map<string, Promise<Token>>();

  constructor(parts: TokenRefresherParts) {
    this.#parts = parts;
  }

  /** The connection as an identity that `ClioClient.ask` can make requests in. */
  providerFor(connection: Connection): TokenProvider {
    return {
      accessToken: (context) => this.#live(connection, context),
      refreshedToken: async (refused, context) =>
        (await context.wait(this.#renewed(connection, refused))).accessToken,
    };
  }

  /** Resolves when no refresh is under way: a token that Clio has already handed out is stored before the end. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#renewals.values());
  }

  async #live(connection: Connection, context: RequestContext): Promise<string> {
    const { token } = connection;
    const now = this.#parts.now();
    if (now < refreshTime(token)) return token.accessToken;

    const renewal = this.#renewed(connection, token.accessToken);
    if (now >= token.expiresAt) return (await context.wait(renewal)).accessToken;
    // While the old token works, a slow or failed refresh is no reason to fail the request.
    const fallback = renewal.catch((error: unknown) => {
      if (error instanceof GrantRevokedError) throw error;
      return token;
    });
    return (await withTimeout(fallback, context.remaining() / 2, () => token)).accessToken;
  }

  /** The token that comes after `stale`: from the refresh under way, from the store, or from a refresh of our own. */
  #renewed(connection: Connection, stale: string): Promise<Token> {
    const key = `${connection.firmId} ${connection.userId}`;
    const underWay = this.#renewals.get(key);
    if (underWay) return underWay;
    const renewal = this.#renew(connection, stale).finally(() => this.#renewals.delete(key));
    this.#renewals.set(key, renewal);
    return renewal;
  }

  /** One process at a time: those that waited find the new token in the store. */
  async #renew({ firmId, userId }: Connection, stale: string): Promise<Token> {
    const { locks } = this.#parts;
    const current = await this.#current(firmId, userId);
    if (current.token.accessToken !== stale) return current.token;
    return locks.withLock(`refresh ${firmId} ${userId}`, () => this.#refreshed(firmId, userId, stale));
  }

  async #current(firmId: string, userId: number): Promise<Connection> {
    const current = await this.#parts.connections.find(firmId, userId);
    if (current?.state !== "connected") throw new GrantRevokedError();
    return current;
  }

  async #refreshed(firmId: string, userId: number, stale: string): Promise<Token> {
    const { connections, oauth, metrics } = this.#parts;
    const current = await this.#current(firmId, userId);
    if (current.token.accessToken !== stale) return current.token;
    try {
      const token = await oauth.refresh(current.token);
      await connections.saveToken(firmId, userId, token, current.generation);
      metrics.refreshes.inc({ outcome: "renewed" });
      return token;
    } catch (error) {
      const revoked = error instanceof GrantRevokedError;
      metrics.refreshes.inc({ outcome: revoked ? "revoked" : "failed" });
      if (revoked) await connections.revoke(firmId, userId, current.generation);
      throw error;
    }
  }
}
