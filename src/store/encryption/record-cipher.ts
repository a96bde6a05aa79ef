import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from "node:crypto";
import { deriveFromDataKey } from "./data-key.ts";
import { createRandomBlocks } from "./random-blocks.ts";
import { SealError } from "./seal-error.ts";

/** Encrypts and hashes the records of one mirror or one firm (`docs/decisions/0008-aes-gcm-for-records.md`). */
export interface RecordCipher {
  /** @param context which record it is, such as `contact:2512428500`: authenticated, so it decrypts in no other row */
  encrypt(text: string, context: string): string;
  /** @throws SealError if it was encrypted with another key or for another context */
  decrypt(encrypted: string, context: string): string;
  /** Keyed hash of something that is searched for or compared. Without the key it can't be recomputed. */
  hash(text: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Half of a SHA-256, in base64url. The chance that two of a firm's million search terms collide is one in 10^26. */
const HASH_LENGTH = 22;
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Only the first two bits of the last character belong to the half. */
const LAST_CHARACTERS: ReadonlyMap<string, string> = new Map(
  Array.from(BASE64URL, (character, bits) => [character, BASE64URL.charAt(bits & 0b110000)]),
);

/**
 * Returns the cipher of one data key. Each mirror and each firm has its own, so that the same phone number has a different
 * hash in every firm, and random IVs only have to be unique within it.
 *
 * @param dataKey 32 bytes
 */
export function createRecordCipher(dataKey: Uint8Array): RecordCipher {
  // As KeyObjects, because Node takes five times as long with plain bytes.
  const encryptionKey = createSecretKey(deriveFromDataKey(dataKey, "records"));
  const hashKey = createSecretKey(deriveFromDataKey(dataKey, "index"));
  const nextIv = createRandomBlocks(IV_BYTES);
  return {
    encrypt(text, context) {
      const iv = nextIv();
      const cipher = createCipheriv("aes-256-gcm", encryptionKey, iv);
      cipher.setAAD(Buffer.from(context));
      const parts = [iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(parts).toString("base64url");
    },

    decrypt(encrypted, context) {
      const bytes = Buffer.from(encrypted, "base64url");
      if (bytes.length < IV_BYTES + TAG_BYTES) throw new SealError("not encrypted by this service");
      try {
        const decipher = createDecipheriv("aes-256-gcm", encryptionKey, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
        // Returns nothing in this mode, but throws if the text isn't authentic.
        decipher.final();
        return text.toString();
      } catch (cause) {
        throw new SealError("encrypted with another key, or for another context", { cause });
      }
    },

    hash: (text) => firstHalf(createHmac("sha256", hashKey).update(text).digest("base64url")),
  };
}

/** Cuts the text of a digest, because a buffer of it takes as long to make as the digest. */
function firstHalf(digest: string): string {
  return digest.slice(0, HASH_LENGTH - 1) + LAST_CHARACTERS.get(digest.charAt(HASH_LENGTH - 1));
}
