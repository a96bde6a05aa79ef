import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { LRUCache } from "lru-cache";
import { type DerivedKey, deriveKeys } from "../../security/derived-keys.ts";
import { SealError } from "./seal-error.ts";

/** The keys of one mirror. */
export interface RecordCipher {
  /**
   * Seals a text.
   *
   * @param place which record of the mirror it is (`contact:2512428500`): authenticated, so that it opens nowhere else
   */
  seal(text: string, place: string): string;
  /** Throws `SealError` when it was sealed with another key or for another place. */
  open(sealed: string, place: string): string;
  /** What stands in the database for something that is looked up, or compared: worth nothing without the key. */
  hash(text: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Half of a SHA-256: that two of a firm's million terms meet in it is a chance of one in 10^26. */
const HASH_BYTES = 16;
const MOST_KEPT = 1000;

/**
 * The keys of each mirror, by its id, all from the newest of the secret keys. Each mirror has keys of its own, so that a number is hashed otherwise in
 * every firm, and a random IV meets itself in none.
 *
 * A record is sealed by Node's own AES-256-GCM and not as a JWE: there are a hundred thousand of a firm, each opened while
 * a caller waits, and a JWE takes three times the room and as many threads as there are records.
 */
export function createRecordCiphers(secretKeys: readonly Uint8Array[]): (mirrorId: number) => RecordCipher {
  const [sealing] = deriveKeys(secretKeys, "sealing");
  const [index] = deriveKeys(secretKeys, "index");
  if (!sealing || !index) throw new TypeError("a keyring takes at least one secret key");
  const kept = new LRUCache<number, RecordCipher>({ max: MOST_KEPT });
  return (mirrorId) => {
    const known = kept.get(mirrorId);
    if (known) return known;
    const keys = mirrorKeys(keyOf(sealing, mirrorId), keyOf(index, mirrorId));
    kept.set(mirrorId, keys);
    return keys;
  };
}

/** A key object: Node takes five times as long with bare bytes. */
function keyOf({ key }: DerivedKey, mirrorId: number): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync("sha256", key, "", `mirror/${mirrorId}`, 32)));
}

function mirrorKeys(sealing: KeyObject, index: KeyObject): RecordCipher {
  return {
    seal(text, place) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", sealing, iv);
      cipher.setAAD(Buffer.from(place));
      const body = [iv, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(body).toString("base64url");
    },

    open(sealed, place) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < IV_BYTES + TAG_BYTES) throw new SealError("not sealed by this service");
      try {
        const decipher = createDecipheriv("aes-256-gcm", sealing, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(place));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        return (
          decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8")
        );
      } catch (cause) {
        throw new SealError("sealed with another key, or for another place", { cause });
      }
    },

    hash: (text) =>
      createHmac("sha256", index).update(text).digest().subarray(0, HASH_BYTES).toString("base64url"),
  };
}
