import { hash, hkdfSync } from "node:crypto";
import type { Kysely } from "kysely";
import type { KeyRevealRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { decryptJwe, encryptJwe } from "../encryption/jwe.ts";

/** The session in which a key was created. Its ID is only in the user's cookie. */
export interface RevealSession {
  readonly firmId: string;
  readonly userId: number;
  readonly sessionId: string;
}

/** A new API key in plain text. */
export interface RevealedKey {
  readonly keyId: string;
  readonly key: string;
  /** Until when it is shown, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * New API keys, for the session that created them and for ten minutes at most, so that a user can leave the page and come
 * back (`docs/decisions/0024-new-keys-for-one-session.md`). A key is encrypted with a key that is derived from the session's
 * ID, so neither the database nor `SECRET_KEY` opens it: only the session's cookie does.
 */
export interface KeyReveals {
  add(session: RevealSession, created: { id: string; key: string }): Promise<void>;
  /** The keys that the session may still show, newest first. Deletes what has expired, of all firms. */
  list(session: RevealSession): Promise<RevealedKey[]>;
  /** The user has saved the key. */
  remove(session: RevealSession, keyId: string): Promise<void>;
  /** The session has ended. */
  removeBySession(session: RevealSession): Promise<void>;
  /** All sessions of the user have ended, or the user is no longer an administrator. */
  removeByUser(firmId: string, userId: number): Promise<void>;
}

export const REVEAL_LIFETIME_MS = 10 * 60_000;

/** @param now the clock, in milliseconds since 1970 */
export function createKeyReveals(db: Kysely<Schema>, now: () => number): KeyReveals {
  return {
    async add({ firmId, userId, sessionId }, { id, key }) {
      const sealed = await encryptJwe(encryptionKey(sessionId), key, contextOf(firmId, id));
      await db
        .insertInto("key_reveals")
        .values({
          key_id: id,
          firm_id: firmId,
          user_id: userId,
          session_hash: hash("sha256", sessionId),
          sealed,
          expires_at: now() + REVEAL_LIFETIME_MS,
        })
        .execute();
    },

    async list({ firmId, userId, sessionId }) {
      await acrossFirms(db, "expired rows of all firms")
        .deleteFrom("key_reveals")
        .where("expires_at", "<=", now())
        .execute();
      const rows = await db
        .selectFrom("key_reveals")
        .selectAll()
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .where("session_hash", "=", hash("sha256", sessionId))
        .orderBy("expires_at", "desc")
        .orderBy("key_id")
        .execute();
      return Promise.all(rows.map((row) => open(row, sessionId)));
    },

    async remove({ firmId, sessionId }, keyId) {
      await db
        .deleteFrom("key_reveals")
        .where("firm_id", "=", firmId)
        .where("session_hash", "=", hash("sha256", sessionId))
        .where("key_id", "=", keyId)
        .execute();
    },

    async removeBySession({ firmId, sessionId }) {
      await db
        .deleteFrom("key_reveals")
        .where("firm_id", "=", firmId)
        .where("session_hash", "=", hash("sha256", sessionId))
        .execute();
    },

    async removeByUser(firmId, userId) {
      await db
        .deleteFrom("key_reveals")
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .execute();
    },
  };
}

async function open(row: KeyRevealRow, sessionId: string): Promise<RevealedKey> {
  const context = contextOf(row.firm_id, row.key_id);
  const key = await decryptJwe(row.sealed, context, () => encryptionKey(sessionId));
  return { keyId: row.key_id, key: String(key), expiresAt: row.expires_at };
}

/** Not what `session_hash` has: whoever reads the database would have the key as well. */
function encryptionKey(sessionId: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", sessionId, "", "clio-call-router/key-reveal", 32));
}

function contextOf(firmId: string, keyId: string): string {
  return `key-reveal:${firmId}:${keyId}`;
}
