import { hkdfSync } from "node:crypto";

/**
 * What a key is used for. Each purpose gets its own key from `SECRET_KEY`, so that a key that leaks or is misused for one is
 * useless for another (docs/explanation/security.md, "Keys").
 */
export type KeyPurpose = "sealing" | "state" | "session" | "index" | "setup";

/** A key for one purpose, derived from one of the configured secret keys. */
export interface DerivedKey {
  /**
   * Identifies the secret key: 11 characters, safe to store and to log. The same for every purpose, and derived like a key
   * of its own, so that it reveals nothing about the keys.
   */
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const KEY_BYTES = 32;
const KID_BYTES = 8;

/**
 * The keys of one purpose, by HKDF-SHA256, in the order of the configured secret keys: the first encrypts, all of them
 * decrypt (docs/guides/keys.md).
 *
 * @example
 * const [newest] = deriveKeys(settings.secretKeys, "sealing");
 */
export function deriveKeys(secretKeys: readonly Uint8Array[], purpose: KeyPurpose): DerivedKey[] {
  return secretKeys.map((secretKey) => ({
    kid: Buffer.from(hkdf(secretKey, "kid", KID_BYTES)).toString("base64url"),
    key: hkdf(secretKey, purpose, KEY_BYTES),
  }));
}

/**
 * The key of one purpose from the newest secret key. For what expires by itself, such as a session: a secret key that was
 * replaced because it leaked opens none of it.
 */
export function newestKey(secretKeys: readonly Uint8Array[], purpose: KeyPurpose): DerivedKey {
  const [newest] = deriveKeys(secretKeys.slice(0, 1), purpose);
  if (!newest) throw new TypeError("at least one secret key is required");
  return newest;
}

/** No salt: the secret keys are random already, and a stored salt could be lost (RFC 5869, section 3.1). */
function hkdf(secretKey: Uint8Array, info: KeyPurpose | "kid", bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secretKey, "", `clio-call-router/${info}`, bytes));
}
