import { LRUCache } from "lru-cache";
import { createRecordCipher, type RecordCipher } from "./record-cipher.ts";
import type { Sealer } from "./sealing.ts";

const MAX_CIPHERS = 2_000;
/** After a key was destroyed, a process may still have it in memory for this long. */
const TTL_MS = 60_000;

/**
 * The ciphers of wrapped data keys. They are kept for a minute, because unwrapping a key takes longer than what is done with
 * it. The wrapped key comes from the database each time, so a firm that is removed and admitted again never gets its old key.
 */
export class CipherCache {
  readonly #sealer: Pick<Sealer, "unwrapKey">;
  readonly #ciphers = new LRUCache<string, Promise<RecordCipher>>({
    max: MAX_CIPHERS,
    ttl: TTL_MS,
    ttlAutopurge: true,
  });

  constructor(sealer: Pick<Sealer, "unwrapKey">) {
    this.#sealer = sealer;
  }

  /** @throws SealError if no secret key unwraps it, or if it was wrapped for another context */
  open(wrapped: string, context: string): Promise<RecordCipher> {
    // With the context, because a key that was moved to another row must not open there.
    const name = `${context} ${wrapped}`;
    const cached = this.#ciphers.get(name);
    if (cached) return cached;
    const opening = this.#sealer.unwrapKey(wrapped, context).then(createRecordCipher);
    this.#ciphers.set(name, opening);
    opening.catch(() => this.#ciphers.delete(name));
    return opening;
  }
}
