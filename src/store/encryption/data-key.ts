import { hkdfSync, randomBytes } from "node:crypto";
import { decryptJwe, encryptJwe } from "./jwe.ts";
import { SealError } from "./seal-error.ts";

export const DATA_KEY_BYTES = 32;

/**
 * A random key for the data of one mirror or one connection. It is stored wrapped (`Sealer.wrapKey`) and apart from the
 * data it encrypts, so that destroying it makes every copy of that data unreadable (`docs/decisions/0019-a-data-key-each.md`).
 */
export function createDataKey(): Uint8Array {
  return new Uint8Array(randomBytes(DATA_KEY_BYTES));
}

/** Derives the key for one purpose from a data key. */
export function deriveFromDataKey(dataKey: Uint8Array, purpose: "values" | "records" | "index"): Uint8Array {
  return new Uint8Array(
    hkdfSync("sha256", dataKey, "", `clio-call-router/data-key/${purpose}`, DATA_KEY_BYTES),
  );
}

/** Encrypts a value with a data key. The result has no `kid`, unlike a value sealed with a secret key. */
export function sealWithDataKey(dataKey: Uint8Array, value: unknown, context: string): Promise<string> {
  return encryptJwe(deriveFromDataKey(dataKey, "values"), value, context);
}

/** @throws SealError if the key doesn't open it, or if it was sealed for another context */
export function openWithDataKey(dataKey: Uint8Array, sealed: string, context: string): Promise<unknown> {
  return decryptJwe(sealed, context, (kid) => {
    if (kid !== undefined) throw new SealError("sealed with a secret key, not with a data key");
    return deriveFromDataKey(dataKey, "values");
  });
}
