import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";
import { CipherCache } from "../encryption/cipher-cache.ts";
import { createDataKey } from "../encryption/data-key.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { MissingKeyError, SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";

/**
 * The data keys of firms, for what belongs to a firm and to none of its users or mirrors. A key is deleted with its firm, and
 * then erased from the database's files (`Erasure`).
 */
export interface FirmKeys {
  /**
   * The cipher to encrypt with. Creates a key if the firm has none, or replaces one that no secret key unwraps: nothing
   * encrypted with that one can be decrypted anyway.
   *
   * @throws if the firm isn't admitted
   */
  cipherFor(firmId: string): Promise<RecordCipher>;
  /** The cipher to decrypt with; null if the firm has no key. @throws SealError if no secret key unwraps it */
  existingCipher(firmId: string): Promise<RecordCipher | null>;
}

export function createFirmKeys(db: Kysely<Schema>, sealer: Sealer): FirmKeys {
  const ciphers = new CipherCache(sealer);

  async function findWrapped(firmId: string): Promise<string | null> {
    const row = await db
      .selectFrom("firm_keys")
      .select("wrapped")
      .where("firm_id", "=", firmId)
      .executeTakeFirst();
    return row?.wrapped ?? null;
  }

  function unwrap(firmId: string, wrapped: string): Promise<RecordCipher> {
    return ciphers.open(wrapped, firmKeyContext(firmId));
  }

  /** @param replaced the wrapped key to replace; null if there is none */
  async function create(firmId: string, replaced: string | null): Promise<RecordCipher> {
    const wrapped = await sealer.wrapKey(createDataKey(), firmKeyContext(firmId));
    const values = { wrapped, kid: sealer.kid };
    const insert = db.insertInto("firm_keys").values({ firm_id: firmId, ...values });
    const inserted = await insert
      .onConflict((conflict) =>
        replaced === null
          ? conflict.column("firm_id").doNothing()
          : conflict.column("firm_id").doUpdateSet(values).where("firm_keys.wrapped", "=", replaced),
      )
      .returning("wrapped")
      .executeTakeFirst();
    // Otherwise another process was faster.
    const stored = inserted?.wrapped ?? (await findWrapped(firmId));
    if (stored === null) throw new MissingKeyError("the data key of this firm was destroyed");
    return unwrap(firmId, stored);
  }

  return {
    async cipherFor(firmId) {
      const wrapped = await findWrapped(firmId);
      if (wrapped === null) return create(firmId, null);
      try {
        return await unwrap(firmId, wrapped);
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        return create(firmId, wrapped);
      }
    },

    async existingCipher(firmId) {
      const wrapped = await findWrapped(firmId);
      return wrapped === null ? null : unwrap(firmId, wrapped);
    },
  };
}

export function firmKeyContext(firmId: string): string {
  return `data-key:firm:${firmId}`;
}
