import { CompactEncrypt, compactDecrypt } from "jose";
import { deriveKeys } from "../../security/derived-keys.ts";
import { createRecordCiphers, type RecordCipher } from "./record-cipher.ts";
import { SealError } from "./seal-error.ts";

/** Keeps what is stored unreadable, and in its place, for whoever has the database but not `SECRET_KEY`. */
export interface Sealer {
  /**
   * Seals anything that JSON can hold, with the first of the secret keys.
   *
   * @param context names the one place it belongs to (`connection:us-1:350`). Not secret, but authenticated:
   *   moved to another row, the value does not open.
   * @returns a JWE in compact form (RFC 7516), `dir` with `A256GCM`, the key's id in `kid`
   */
  seal(value: unknown, context: string): Promise<string>;
  /**
   * Opens with whichever secret key sealed it.
   *
   * @throws SealError when no configured key opens it, or when it belongs to another context
   */
  open(sealed: string, context: string): Promise<unknown>;
  /** Names the secret key that seals: another one, and nothing that is looked up by hash is found any more. */
  readonly kid: string;
  /** Names all secret keys that open. */
  readonly kids: readonly string[];
  /** Seals, opens and hashes for one mirror, with nothing but the newest of the secret keys. */
  cipherFor(mirrorId: number): RecordCipher;
}

/**
 * A sealer over the configured secret keys (rotation: the first seals, all open).
 *
 * @param secretKeys as `settings.secretKeys` gives them; at least one
 */
export function createSealer(secretKeys: readonly Uint8Array[]): Sealer {
  const keys = deriveKeys(secretKeys, "sealing");
  const newest = keys[0];
  if (!newest) throw new TypeError("a sealer needs at least one secret key");
  const keyOf = new Map(keys.map(({ kid, key }) => [kid, key]));

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
          const key = keyOf.get(kid ?? "");
          if (!key) throw new SealError("sealed with a key that SECRET_KEY does not have");
          return key;
        },
        { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] },
      ).catch((cause: unknown) => {
        throw cause instanceof SealError ? cause : new SealError("not sealed by this service", { cause });
      });
      if (protectedHeader.ctx !== context) throw new SealError("sealed for another place");
      return JSON.parse(new TextDecoder().decode(plaintext));
    },
  };
}
