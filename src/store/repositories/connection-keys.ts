import { decodeProtectedHeader } from "jose";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";
import { createDataKey, openWithDataKey } from "../encryption/data-key.ts";
import type { Sealer } from "../encryption/sealing.ts";

/** The data keys of connections, which encrypt their names, emails and tokens, and the secrets of their webhooks. */
export interface ConnectionKeys {
  /** A new key, or the given one, wrapped with the newest secret key. */
  wrap(firmId: string, userId: number, key?: Uint8Array): Promise<{ key: Uint8Array; wrapped: string }>;
  /** @throws SealError if no secret key unwraps it */
  unwrap(firmId: string, userId: number, wrapped: string): Promise<Uint8Array>;
  /** Returns null if the connection has no key or doesn't exist. @throws SealError if no secret key unwraps it */
  find(firmId: string, userId: number): Promise<Uint8Array | null>;
  /** Inserts or replaces the key of a connection, which must exist. */
  put(trx: Kysely<Schema>, firmId: string, userId: number, wrapped: string): Promise<void>;
  /**
   * Decrypts a value of a connection. A process of an older version may have encrypted it with a secret key.
   *
   * @param wrapped the connection's key; null if it has none
   * @throws SealError if it can't be decrypted
   */
  open(
    connection: { readonly firmId: string; readonly userId: number; readonly wrapped: string | null },
    sealed: string,
    context: string,
  ): Promise<unknown>;
}

export function createConnectionKeys(db: Kysely<Schema>, sealer: Sealer): ConnectionKeys {
  const contextOf = (firmId: string, userId: number) => `data-key:connection:${firmId}:${userId}`;

  async function unwrap(firmId: string, userId: number, wrapped: string): Promise<Uint8Array> {
    return sealer.unwrapKey(wrapped, contextOf(firmId, userId));
  }

  return {
    async wrap(firmId, userId, key = createDataKey()) {
      return { key, wrapped: await sealer.wrapKey(key, contextOf(firmId, userId)) };
    },

    unwrap,

    async find(firmId, userId) {
      const row = await db
        .selectFrom("connection_keys")
        .select("wrapped")
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .executeTakeFirst();
      return row ? unwrap(firmId, userId, row.wrapped) : null;
    },

    async put(trx, firmId, userId, wrapped) {
      await trx
        .insertInto("connection_keys")
        .values({ firm_id: firmId, user_id: userId, wrapped })
        .onConflict((conflict) => conflict.columns(["firm_id", "user_id"]).doUpdateSet({ wrapped }))
        .execute();
    },

    async open({ firmId, userId, wrapped }, sealed, context) {
      if (wrapped === null || isSealedWithSecretKey(sealed)) return sealer.open(sealed, context);
      return openWithDataKey(await unwrap(firmId, userId, wrapped), sealed, context);
    },
  };
}

/** Versions before 0.2 sealed with a secret key. */
export function isSealedWithSecretKey(sealed: string): boolean {
  return secretKeyIdOf(sealed) !== null;
}

/** The ID of the secret key that a value was sealed with; null if it was sealed with a data key, or is damaged. */
export function secretKeyIdOf(sealed: string): string | null {
  try {
    return decodeProtectedHeader(sealed).kid ?? null;
  } catch {
    return null;
  }
}
