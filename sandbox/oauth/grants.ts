import { randomBytes } from "node:crypto";

/** What one user allowed the app once: it lives, and its refresh token with it, until it is revoked. */
interface Grant {
  readonly userId: number;
  readonly refreshToken: string;
}

/** An access token that is alive, and what it has used of its rate limit. */
export interface AccessToken {
  readonly grant: Grant;
  readonly expiresAt: number;
  /** The window the count belongs to, in whole minutes since 1970. */
  minute: number;
  used: number;
}

/** The token endpoint's answer to an authorization code. */
export interface IssuedTokens {
  access_token: string;
  token_type: "bearer";
  expires_in: number;
  refresh_token: string;
}

/**
 * Grants and their tokens, by Clio's rules: a refresh answers with a new access token and no refresh token,
 * the refresh token is neither rotated nor expires, an older access token lives on until its own end.
 */
export class Grants {
  /** Seconds that access tokens issued from now on live. */
  lifetime: number;
  readonly #now: () => number;
  readonly #byRefreshToken = new Map<string, Grant>();
  readonly #accessTokens = new Map<string, AccessToken>();

  constructor(lifetime: number, now: () => number) {
    this.lifetime = lifetime;
    this.#now = now;
  }

  issue(userId: number): IssuedTokens {
    const grant = { userId, refreshToken: secret() };
    this.#byRefreshToken.set(grant.refreshToken, grant);
    return { ...this.#accessTo(grant), refresh_token: grant.refreshToken };
  }

  /** Null for a refresh token that is unknown or revoked. */
  refresh(refreshToken: string): Omit<IssuedTokens, "refresh_token"> | null {
    const grant = this.#byRefreshToken.get(refreshToken);
    return grant ? this.#accessTo(grant) : null;
  }

  /** Null for an access token that is unknown, revoked or past its end. */
  find(accessToken: string): AccessToken | null {
    const found = this.#accessTokens.get(accessToken);
    if (!found) return null;
    if (found.expiresAt > this.#now()) return found;
    this.#accessTokens.delete(accessToken);
    return null;
  }

  /** Ends a grant: its refresh token and every access token that came of it. */
  revoke(grant: Grant): void {
    this.#byRefreshToken.delete(grant.refreshToken);
    for (const [text, token] of this.#accessTokens) {
      if (token.grant === grant) this.#accessTokens.delete(text);
    }
  }

  /** Ends every grant of a user. */
  revokeUser(userId: number): void {
    for (const grant of this.#byRefreshToken.values()) if (grant.userId === userId) this.revoke(grant);
  }

  /** Ends every access token; the refresh tokens live on. */
  expireAccessTokens(): void {
    this.#accessTokens.clear();
  }

  #accessTo(grant: Grant): Omit<IssuedTokens, "refresh_token"> {
    const text = secret();
    const expiresAt = this.#now() + this.lifetime * 1000;
    this.#accessTokens.set(text, { grant, expiresAt, minute: 0, used: 0 });
    return { access_token: text, token_type: "bearer", expires_in: this.lifetime };
  }
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}
