import { CompactEncrypt, compactDecrypt } from "jose";
import { deriveKeys } from "../../security/derived-keys.ts";
import { createRecordCiphers, type RecordCipher } from "./record-cipher.ts";
import { SealError } from "./seal-error.ts";

/**
 * Encrypts what is stored, so that someone with the database but without `SECRET_KEY` can neither read a value nor move it to
 * another row.
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
   * Decrypts with whichever configured key the value was sealed with.
   *
   * @throws SealError if no configured key opens it, or if it was sealed for another context
   */
  open(sealed: string, context: string): Promise<unknown>;
  /** ID of the key that seals. When it changes, nothing that was stored under a hash is found anymore. */
  readonly kid: string;
  /** IDs of all keys that open. */
  readonly kids: readonly string[];
  /** The cipher of one mirror's records. It uses only the first secret key. */
  cipherFor(mirrorId: number): RecordCipher;
}

/** @param secretKeys `settings.secretKeys`, at least one: the first seals, all of them open */
export function createSealer(secretKeys: readonly Uint8Array[]): Sealer {
  const keys = deriveKeys(secretKeys, "sealing");
  const newest = keys[0];
  if (!newest) throw new TypeError("a sealer needs at least one secret key");
  const keyById = new Map(keys.map(({ kid, key }) => [kid, key]));

  return {
    kid: newest.kid,
    kids: keys.map(({ kid }) => kid),
    cipherFor: createRecordCiphers(secretKeys),

    seal(value, context) {
      return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: newest.kid, ctx: context })
        .encrypt(newest.key);
    },

    async open(sealed, context) {
      const { plaintext, protectedHeader } = await compactDecrypt(
        sealed,
        ({ kid }) => {
          const key = keyById.get(kid ?? "");
          if (!key) throw new SealError("sealed with a key that is not in SECRET_KEY");
          return key;
        },
        { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] },
      ).catch((cause: unknown) => {
        throw cause instanceof SealError ? cause : new SealError("not sealed by this service", { cause });
      });
      if (protectedHeader.ctx !== context) throw new SealError("sealed for another context");
      return JSON.parse(new TextDecoder().decode(plaintext));
    },
  };
}
