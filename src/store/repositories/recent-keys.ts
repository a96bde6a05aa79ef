import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";

/** The key that a request was sent with. */
export interface VerifiedKey {
  readonly firmId: string;
  readonly keyId: string;
}

/** For this long, a key that another process has revoked is still accepted (`docs/explanation/security.md`, "The receptionist"). */
export const RECENT_KEY_MAX_AGE_MS = 1_000;

/** Only valid keys are remembered, so invalid ones can't displace them. */
const MAX_KEYS = 2_000;

/**
 * The API keys that were valid a moment ago, so that not every call reads its key from the database. Keys are remembered as
 * hashes, so that the time of a lookup tells nothing about the keys.
 */
export class RecentKeys {
  readonly #keys = new LRUCache<string, VerifiedKey & { readonly verifiedAt: number }>({ max: MAX_KEYS });
  readonly #clock: () => number;
  #generation = 0;

  /** @param clock monotonic, in milliseconds: setting the system's clock back must not extend a key's time */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Returns null if the key wasn't verified within the last second. */
  find(key: string): VerifiedKey | null {
    const found = this.#keys.get(digest(key));
    return found && this.#clock() - found.verifiedAt < RECENT_KEY_MAX_AGE_MS ? found : null;
  }

  /**
   * Runs a verification, and remembers a valid key, unless keys were revoked in the meantime. The second begins before
   * the verification, because a key may be revoked right after it was read.
   */
  async remember(key: string, verify: () => Promise<VerifiedKey | null>): Promise<VerifiedKey | null> {
    const verifiedAt = this.#clock();
    const generation = this.#generation;
    const verified = await verify();
    if (verified && generation === this.#generation) this.#keys.set(digest(key), { ...verified, verifiedAt });
    return verified;
  }

  /** Forgets all keys. Call it after any key was revoked. */
  clear(): void {
    this.#generation += 1;
    this.#keys.clear();
  }
}

function digest(key: string): string {
  return hash("sha256", key, "base64");
}
