import { randomBytes } from "node:crypto";

const LIFETIME_MS = 60_000;

/** Nonces of clicks on a custom action: each lives 60 seconds and proves one click of one user, once. */
export class ClickNonces {
  readonly #now: () => number;
  readonly #nonces = new Map<string, { userId: number; expiresAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(userId: number): string {
    const nonce = randomBytes(24).toString("base64url");
    this.#nonces.set(nonce, { userId, expiresAt: this.#now() + LIFETIME_MS });
    return nonce;
  }

  /** Whether it proves a click of this user. It is used up by that, whatever the answer. */
  redeem(text: string, userId: number): boolean {
    const nonce = this.#nonces.get(text);
    this.#nonces.delete(text);
    return nonce?.userId === userId && nonce.expiresAt > this.#now();
  }
}
