import { randomBytes } from "node:crypto";

const LIFETIME_MS = 10 * 60_000;

interface Code {
  readonly userId: number;
  readonly redirectUri: string;
  readonly expiresAt: number;
}

/** Authorization codes: each lives 10 minutes, works once, and for the redirect URI it was asked with alone. */
export class AuthorizationCodes {
  readonly #now: () => number;
  readonly #codes = new Map<string, Code>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(userId: number, redirectUri: string): string {
    const code = randomBytes(24).toString("base64url");
    this.#codes.set(code, { userId, redirectUri, expiresAt: this.#now() + LIFETIME_MS });
    return code;
  }

  /** The user the code was issued for; null where it is unknown, used, too old or for another redirect URI. */
  redeem(text: string, redirectUri: string): number | null {
    const code = this.#codes.get(text);
    if (code?.redirectUri !== redirectUri) return null;
    this.#codes.delete(text);
    return code.expiresAt > this.#now() ? code.userId : null;
  }
}
