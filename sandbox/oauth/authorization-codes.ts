import { randomBytes } from "node:crypto";

const CODE_LIFETIME_MS = 10 * 60_000;

interface IssuedCode {
  readonly userId: number;
  readonly redirectUri: string;
  readonly expiresAt: number;
}

/** Authorization codes. Each is valid for 10 minutes, once, and only for the redirect URI it was requested with. */
export class AuthorizationCodes {
  readonly #now: () => number;
  readonly #codes = new Map<string, IssuedCode>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(userId: number, redirectUri: string): string {
    const code = randomBytes(24).toString("base64url");
    this.#codes.set(code, { userId, redirectUri, expiresAt: this.#now() + CODE_LIFETIME_MS });
    return code;
  }

  /** The user the code was issued for; null if the code is unknown, used, expired or for another redirect URI. */
  redeem(text: string, redirectUri: string): number | null {
    const code = this.#codes.get(text);
    if (code?.redirectUri !== redirectUri) return null;
    this.#codes.delete(text);
    return code.expiresAt > this.#now() ? code.userId : null;
  }
}
