import { createHash, randomBytes } from "node:crypto";

const CODE_LIFETIME_MS = 10 * 60_000;

interface IssuedCode {
  readonly userId: number;
  readonly redirectUri: string;
  /** The PKCE challenge (S256); null if the request had none. */
  readonly challenge: string | null;
  readonly expiresAt: number;
}

/**
 * Authorization codes. Each is valid for 10 minutes, once, only for the redirect URI it was requested with, and
 * only with the verifier of its PKCE challenge, if there was one.
 */
export class AuthorizationCodes {
  readonly #now: () => number;
  readonly #codes = new Map<string, IssuedCode>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(userId: number, redirectUri: string, challenge: string | null): string {
    const code = randomBytes(24).toString("base64url");
    this.#codes.set(code, { userId, redirectUri, challenge, expiresAt: this.#now() + CODE_LIFETIME_MS });
    return code;
  }

  /**
   * The user the code was issued for; null if the code is unknown, used or expired, or the redirect URI or verifier is
   * wrong.
   */
  redeem(text: string, redirectUri: string, verifier: string): number | null {
    const code = this.#codes.get(text);
    if (code?.redirectUri !== redirectUri) return null;
    this.#codes.delete(text);
    if (code.challenge !== null && code.challenge !== challengeOf(verifier)) return null;
    return code.expiresAt > this.#now() ? code.userId : null;
  }
}

/** RFC 7636, method S256. */
function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}
