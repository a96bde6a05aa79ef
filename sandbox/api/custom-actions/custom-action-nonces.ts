import { randomBytes } from "node:crypto";

const NONCE_LIFETIME_MS = 60_000;

/** Nonces of custom actions. Each is valid for 60 seconds and proves one click by one user, once. */
export class CustomActionNonces {
  readonly #now: () => number;
  readonly #nonces = new Map<string, { userId: number; expiresAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(userId: number): string {
    const nonce = randomBytes(24).toString("base64url");
    this.#nonces.set(nonce, { userId, expiresAt: this.#now() + NONCE_LIFETIME_MS });
    return nonce;
  }

  /** Whether the nonce proves a click by this user. Uses it up in any case. */
  redeem(text: string, userId: number): boolean {
    const nonce = this.#nonces.get(text);
    this.#nonces.delete(text);
    return nonce?.userId === userId && nonce.expiresAt > this.#now();
  }
}
