import { hkdfSync } from "node:crypto";

/**
 * What a key is used for. Each purpose gets its own key from `SECRET_KEY` (the contract's settings table), so
 * that what leaks or is misused for one is worth nothing for another.
 */
export type KeyPurpose = "sealing" | "state" | "session" | "index" | "setup";

/** A key for one purpose, made from one of the configured secret keys. */
export interface DerivedKey {
  /**
   * Names the secret key it came from: 11 characters, safe to store and to log. The same for every purpose,
   * and derived like a key of its own, so that it says nothing about any of them.
   */
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const KEY_BYTES = 32;
const KID_BYTES = 8;

/**
 * The keys of one purpose, by HKDF-SHA256, in the order in which the secret keys are configured: the first
 * makes what is new, all of them read what is there (rotation).
 *
 * @example
 * const [newest] = deriveKeys(settings.secretKeys, "session");
 */
export function deriveKeys(secretKeys: readonly Uint8Array[], purpose: KeyPurpose): DerivedKey[] {
  return secretKeys.map((secretKey) => ({
    kid: Buffer.from(hkdf(secretKey, "kid", KID_BYTES)).toString("base64url"),
    key: hkdf(secretKey, purpose, KEY_BYTES),
  }));
}

/** No salt: the secret keys are random already, and a stored salt could be lost (RFC 5869, section 3.1). */
function hkdf(secretKey: Uint8Array, info: KeyPurpose | "kid", bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secretKey, "", `clio-call-router/${info}`, bytes));
}
