import { CompactEncrypt, compactDecrypt } from "jose";
import { SealError } from "./seal-error.ts";

/**
 * Encrypts a value as a compact JWE (RFC 7516) with `dir` and `A256GCM`.
 *
 * @param context the place the value belongs to. Stored in the clear but authenticated, so it opens in no other place.
 * @param kid the ID of the key, if there is more than one to choose from
 */
export function encryptJwe(key: Uint8Array, value: unknown, context: string, kid?: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
    .setProtectedHeader({
      alg: "dir",
      enc: "A256GCM",
      ...(kid === undefined ? {} : { kid }),
      ctx: context,
    })
    .encrypt(key);
}

/**
 * @param keyFor returns the key for the ID in the header. May throw a `SealError`.
 * @throws SealError if the key doesn't open it, or if it was encrypted for another context
 */
export async function decryptJwe(
  sealed: string,
  context: string,
  keyFor: (kid: string | undefined) => Uint8Array,
): Promise<unknown> {
  const { plaintext, protectedHeader } = await compactDecrypt(sealed, ({ kid }) => keyFor(kid), {
    keyManagementAlgorithms: ["dir"],
    contentEncryptionAlgorithms: ["A256GCM"],
  }).catch((cause: unknown) => {
    throw cause instanceof SealError ? cause : new SealError("not sealed by this service", { cause });
  });
  if (protectedHeader.ctx !== context) throw new SealError("sealed for another context");
  return JSON.parse(new TextDecoder().decode(plaintext));
}
