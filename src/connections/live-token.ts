import type { Budget } from "../budget.ts";
import type { Identity } from "../clio/client.ts";
import type { ClioOAuth } from "../clio/oauth.ts";
import { GrantRevoked } from "../clio/oauth.ts";
import { renewalTime, type Token } from "../clio/token.ts";
import type { Metrics } from "../metrics.ts";
import type { Connection, Connections } from "../store/connections.ts";
import type { Turns } from "../store/turns.ts";

interface LiveTokensParts {
  connections: Connections;
  turns: Turns;
  oauth: ClioOAuth;
  metrics: Metrics;
  now: () => number;
}

/**
 * Keeps every connection's access token alive: renewed ahead of expiry and once more when Clio refuses it.
 * However many requests find a token stale, in however many processes, one refresh goes out and all of them wait for its
 * result.
 */
export class LiveTokens {
  readonly #parts: LiveTokensParts;
  readonly #renewals = new Map<string, Promise<Token>>();

  constructor(parts: LiveTokensParts) {
    this.#parts = parts;
  }

  /** The connection as an identity that `ClioClient.ask` can make requests in. */
  identityOf(connection: Connection): Identity {
    return {
      accessToken: (budget) => this.#live(connection, budget),
      renewedToken: async (refused, budget) =>
        (await budget.wait(this.#renewed(connection, refused))).accessToken,
    };
  }

  /** Resolves when no refresh is under way: a token that Clio has already handed out is stored before the end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#renewals.values());
  }

  async #live(connection: Connection, budget: Budget): Promise<string> {
    const { token } = connection;
    const now = this.#parts.now();
    if (now < renewalTime(token)) return token.accessToken;

    const renewal = this.#renewed(connection, token.accessToken);
    if (now >= token.expiresAt) return (await budget.wait(renewal)).accessToken;
    // While the old token lives, a refresh that fails or dawdles is no reason to fail the request (clio-facts).
    const patience = new Promise<Token>((resolve) =>
      setTimeout(resolve, budget.remaining() / 2, token).unref(),
    );
    const fallback = renewal.catch((error: unknown) => {
      if (error instanceof GrantRevoked) throw error;
      return token;
    });
    return (await Promise.race([fallback, patience])).accessToken;
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
    const { turns } = this.#parts;
    const current = await this.#current(firmId, userId);
    if (current.token.accessToken !== stale) return current.token;
    return turns.take(`refresh ${firmId} ${userId}`, () => this.#refreshed(firmId, userId, stale));
  }

  async #current(firmId: string, userId: number): Promise<Connection> {
    const current = await this.#parts.connections.find(firmId, userId);
    if (current?.state !== "connected") throw new GrantRevoked();
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
      const revoked = error instanceof GrantRevoked;
      metrics.refreshes.inc({ outcome: revoked ? "revoked" : "failed" });
      if (revoked) await connections.revoke(firmId, userId, current.generation);
      throw error;
    }
  }
}
