import { deriveKeys } from "../../security/derived-keys.ts";
import { DATA_KEY_BYTES } from "./data-key.ts";
import { decryptJwe, encryptJwe } from "./jwe.ts";
import { SealError } from "./seal-error.ts";

/**
 * Encrypts stored values, so that an attacker with the database but without `SECRET_KEY` can neither read a value nor move it
 * to another row.
 */
export interface Sealer {
  /**
   * Encrypts a value with the first of the secret keys.
   *
   * @param value anything that JSON can represent
   * @param context the place the value belongs to, such as `connection:us-1:350`. Stored in the clear but authenticated, so
   *   the value doesn't open in another row.
   * @returns a compact JWE (RFC 7516) with `dir` and `A256GCM`, and the key's ID as `kid`
   */
  seal(value: unknown, context: string): Promise<string>;
  /**
   * Decrypts with the configured key that encrypted the value.
   *
   * @throws SealError if no configured key opens it, or if it was sealed for another context
   */
  open(sealed: string, context: string): Promise<unknown>;
  /**
   * Encrypts a data key with the first of the secret keys (`docs/decisions/0019-a-data-key-each.md`).
   *
   * @param key 32 bytes
   */
  wrapKey(key: Uint8Array, context: string): Promise<string>;
  /** @throws SealError as `open` does */
  unwrapKey(wrapped: string, context: string): Promise<Uint8Array>;
  /** ID of the key that encrypts. */
  readonly kid: string;
  /** IDs of all keys that decrypt. */
  readonly kids: readonly string[];
}

/** @param secretKeys `settings.secretKeys`, at least one: the first encrypts, all of them decrypt */
export function createSealer(secretKeys: readonly Uint8Array[]): Sealer {
  const keys = deriveKeys(secretKeys, "sealing");
  const newest = keys[0];
  if (!newest) throw new TypeError("a sealer needs at least one secret key");
  const { key: newestKey, kid: newestKid } = newest;
  const keyById = new Map(keys.map(({ kid, key }) => [kid, key]));

  function open(sealed: string, context: string): Promise<unknown> {
    return decryptJwe(sealed, context, (kid = "") => {
      const key = keyById.get(kid);
      if (!key) throw new SealError("sealed with a key that is not in SECRET_KEY");
      return key;
    });
  }

  function seal(value: unknown, context: string): Promise<string> {
    return encryptJwe(newestKey, value, context, newestKid);
  }

  return {
    kid: newestKid,
    kids: keys.map(({ kid }) => kid),
    seal,
    open,

    wrapKey(key, context) {
      if (key.length !== DATA_KEY_BYTES) throw new TypeError(`a data key must have ${DATA_KEY_BYTES} bytes`);
      return seal(Buffer.from(key).toString("base64url"), context);
    },

    async unwrapKey(wrapped, context) {
      const key = Buffer.from(String(await open(wrapped, context)), "base64url");
      if (key.length !== DATA_KEY_BYTES) throw new SealError("not a data key");
      return new Uint8Array(key);
    },
  };
}
