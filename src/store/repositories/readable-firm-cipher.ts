import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { FirmKeys } from "./firm-keys.ts";

/** The cipher of a firm's data; null if it has no key, or one that no secret key unwraps, so that nothing can be read. */
export async function readableFirmCipher(keys: FirmKeys, firmId: string): Promise<RecordCipher | null> {
  try {
    return await keys.existingCipher(firmId);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return null;
  }
}
