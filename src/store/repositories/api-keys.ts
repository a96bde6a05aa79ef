import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Kysely } from "kysely";
import { compileQuery, type Place } from "../db/compiled-query.ts";
import type { Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";

/** A key the receptionist calls with, as far as it can be told after it was made. */
export interface ApiKey {
  /** 12 hex digits, part of the key. Not secret. */
  readonly id: string;
  readonly firmId: string;
  /** What the firm calls it. Not sealed. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970; null while it was never used. */
  readonly lastUsedAt: number | null;
}

/**
 * The keys that firms made for their receptionist (contract, `GET /setup`). Of the secret in a key only its
 * SHA-256 is kept: 32 random bytes cannot be guessed from that, and need no slow hash.
 */
export interface ApiKeys {
  /**
   * Makes a key for a firm. Throws when the firm is not admitted.
   *
   * @returns the key in clear, here and never again: `ccr_`, the id, `_`, 43 characters
   */
  create(firmId: string, name: string): Promise<{ id: string; key: string }>;
  /** Whose key that is, or null when it is none of ours. An unknown id takes the work of a wrong secret. */
  verify(key: string): Promise<{ firmId: string; keyId: string } | null>;
  /**
   * Notes a use of a key of that firm; `at` is in milliseconds since 1970, and an earlier use than the noted one is not
   * kept.
   */
  recordUse(firmId: string, keyId: string, at: number): Promise<void>;
  /** The keys of a firm, oldest first. */
  ofFirm(firmId: string): Promise<ApiKey[]>;
  /** Makes a key of that firm worthless. Does nothing when the firm has no such key. */
  revoke(firmId: string, keyId: string): Promise<void>;
}

/** By position, because base64url has `_` among its characters. */
const KEY_PATTERN = /^ccr_(?<id>[0-9a-f]{12})_(?<secret>[A-Za-z0-9_-]{43})$/;

/** The hash of no secret that anybody has, to compare with when an id is unknown. */
const NO_HASH = "00".repeat(32);

/** @param now milliseconds since 1970 */
export function createApiKeys(db: Kysely<Schema>, now: () => number): ApiKeys {
  const byId = compileQuery(db, (place: Place<"id">) =>
    acrossFirms(db, "a key is all that a call brings: it is what names the firm")
      .selectFrom("bearer_keys")
      .select(["firm_id", "secret_hash"])
      .where("id", "=", place("id")),
  );

  return {
    async create(firmId, name) {
      const id = randomBytes(6).toString("hex");
      const secret = randomBytes(32).toString("base64url");
      await db
        .insertInto("bearer_keys")
        .values({
          id,
          firm_id: firmId,
          name,
          secret_hash: hashOf(secret).toString("hex"),
          made_at: now(),
          last_used_at: null,
        })
        .execute();
      return { id, key: `ccr_${id}_${secret}` };
    },

    async verify(key) {
      const { id, secret } = KEY_PATTERN.exec(key)?.groups ?? {};
      if (id === undefined || secret === undefined) return null;
      const [row] = await byId({ id });
      const same = timingSafeEqual(hashOf(secret), Buffer.from(row?.secret_hash ?? NO_HASH, "hex"));
      return row && same ? { firmId: row.firm_id, keyId: id } : null;
    },

    async recordUse(firmId, keyId, at) {
      await db
        .updateTable("bearer_keys")
        .set({ last_used_at: at })
        .where("firm_id", "=", firmId)
        .where("id", "=", keyId)
        .where(({ or, eb }) => or([eb("last_used_at", "is", null), eb("last_used_at", "<", at)]))
        .execute();
    },

    async ofFirm(firmId) {
      const rows = await db
        .selectFrom("bearer_keys")
        .select(["id", "firm_id", "name", "made_at", "last_used_at"])
        .where("firm_id", "=", firmId)
        .orderBy("made_at")
        .orderBy("id")
        .execute();
      return rows.map((row) => ({
        id: row.id,
        firmId: row.firm_id,
        name: row.name,
        createdAt: row.made_at,
        lastUsedAt: row.last_used_at,
      }));
    },

    async revoke(firmId, keyId) {
      await db.deleteFrom("bearer_keys").where("firm_id", "=", firmId).where("id", "=", keyId).execute();
    },
  };
}

function hashOf(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}
