import { randomBytes } from "node:crypto";

/** One user's permission for the app. It and its refresh token are valid until revoked. */
interface Grant {
  readonly userId: number;
  readonly refreshToken: string;
}

/** An access token and its use of the rate limit. */
export interface AccessToken {
  readonly grant: Grant;
  readonly expiresAt: number;
  /** The window that `used` counts, in whole minutes since 1970. */
  minute: number;
  used: number;
}

/** The token endpoint's response to an authorization code. */
export interface IssuedTokens {
  access_token: string;
  token_type: "bearer";
  expires_in: number;
  refresh_token: string;
}

/**
 * Grants and their tokens, by Clio's rules: a refresh returns a new access token and no refresh token, the refresh
 * token is never rotated and never expires, and older access tokens stay valid until they expire. Source:
 * docs/explanation/how-clio-behaves.md.
 */
export class Grants {
  /** Applies to access tokens issued from now on. */
  accessTokenLifetimeSeconds: number;
  readonly #now: () => number;
  readonly #byRefreshToken = new Map<string, Grant>();
  readonly #accessTokens = new Map<string, AccessToken>();

  constructor(accessTokenLifetimeSeconds: number, now: () => number) {
    this.accessTokenLifetimeSeconds = accessTokenLifetimeSeconds;
    this.#now = now;
  }

  issue(userId: number): IssuedTokens {
    const grant = { userId, refreshToken: generateSecret() };
    this.#byRefreshToken.set(grant.refreshToken, grant);
    return { ...this.#issueAccessToken(grant), refresh_token: grant.refreshToken };
  }

  /** A new access token; null if the refresh token is unknown or revoked. */
  refresh(refreshToken: string): Omit<IssuedTokens, "refresh_token"> | null {
    const grant = this.#byRefreshToken.get(refreshToken);
    return grant ? this.#issueAccessToken(grant) : null;
  }

  /** Null if the access token is unknown, revoked or expired. */
  find(accessToken: string): AccessToken | null {
    const found = this.#accessTokens.get(accessToken);
    if (!found) return null;
    if (found.expiresAt > this.#now()) return found;
    this.#accessTokens.delete(accessToken);
    return null;
  }

  /** Revokes a grant with its refresh token and all its access tokens. */
  revoke(grant: Grant): void {
    this.#byRefreshToken.delete(grant.refreshToken);
    for (const [text, token] of this.#accessTokens) {
      if (token.grant === grant) this.#accessTokens.delete(text);
    }
  }

  /** Revokes every grant of a user. */
  revokeUser(userId: number): void {
    for (const grant of this.#byRefreshToken.values()) if (grant.userId === userId) this.revoke(grant);
  }

  /** Expires every access token. Refresh tokens stay valid. */
  expireAccessTokens(): void {
    this.#accessTokens.clear();
  }

  #issueAccessToken(grant: Grant): Omit<IssuedTokens, "refresh_token"> {
    const text = generateSecret();
    const expiresAt = this.#now() + this.accessTokenLifetimeSeconds * 1000;
    this.#accessTokens.set(text, { grant, expiresAt, minute: 0, used: 0 });
    return { access_token: text, token_type: "bearer", expires_in: this.accessTokenLifetimeSeconds };
  }
}

function generateSecret(): string {
  return randomBytes(24).toString("base64url");
}
