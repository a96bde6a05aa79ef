import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Kysely } from "kysely";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import type { RecentKeys, VerifiedKey } from "./recent-keys.ts";

/** An API key of the receptionist, without its secret. */
export interface ApiKey {
  /** 12 hex digits. Part of the key, but not secret. */
  readonly id: string;
  readonly firmId: string;
  /** The name the firm gave it. Not encrypted. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970; null if it was never used. */
  readonly lastUsedAt: number | null;
}

/** The firm already has a key with this name, apart from capitals and spaces. */
export class KeyNameTakenError extends Error {
  constructor() {
    super("the firm already has a key with this name");
    this.name = "KeyNameTakenError";
  }
}

/**
 * The API keys that firms created for their receptionist (`docs/reference/endpoints.md`, "GET /setup"). Only the SHA-256 of
 * a key's secret is stored. A slow password hash isn't needed, because 32 random bytes can't be guessed.
 */
export interface ApiKeys {
  /**
   * Creates a key. Throws if the firm isn't admitted.
   *
   * @param name unique in the firm, apart from capitals and spaces
   * @throws KeyNameTakenError if it isn't, even if two processes create the keys at the same time
   * @returns the complete key, which can't be read again: `ccr_`, the ID, `_`, 43 characters
   */
  create(firmId: string, name: string): Promise<{ id: string; key: string }>;
  /**
   * The key if it was verified within the last second and not revoked by this process since, otherwise null. Doesn't query the
   * database.
   */
  findRecent(key: string): VerifiedKey | null;
  /** Returns null for an invalid key. Takes as long for an unknown ID as for a wrong secret. */
  verify(key: string): Promise<VerifiedKey | null>;
  /** Records that a key was used. An earlier time than the recorded one has no effect. @param at milliseconds since 1970 */
  recordUse(firmId: string, keyId: string, at: number): Promise<void>;
  /** Oldest first. */
  listByFirm(firmId: string): Promise<ApiKey[]>;
  /** @returns the key's name; null, without effect, if the firm has no such key */
  revoke(firmId: string, keyId: string): Promise<{ name: string } | null>;
}

/** The ID has a fixed length because the secret (base64url) may contain `_`. */
const KEY_PATTERN = /^ccr_(?<id>[0-9a-f]{12})_(?<secret>[A-Za-z0-9_-]{43})$/;

/** Compared with when the ID is unknown. No secret has this hash. */
const UNKNOWN_KEY_HASH = "00".repeat(32);

/** @param now the clock, in milliseconds since 1970 */
export function createApiKeys(db: Kysely<Schema>, recentKeys: RecentKeys, now: () => number): ApiKeys {
  const findById = compileQuery(db, (param: Param<"id">) =>
    acrossFirms(db, "a request is identified only by its key, and the key identifies the firm")
      .selectFrom("bearer_keys")
      .select(["firm_id", "secret_hash"])
      .where("id", "=", param("id")),
  );

  async function verify(key: string): Promise<VerifiedKey | null> {
    const { id, secret } = KEY_PATTERN.exec(key)?.groups ?? {};
    if (id === undefined || secret === undefined) return null;
    const [row] = await findById({ id });
    const isSame = timingSafeEqual(sha256(secret), Buffer.from(row?.secret_hash ?? UNKNOWN_KEY_HASH, "hex"));
    return row && isSame ? { firmId: row.firm_id, keyId: id } : null;
  }

  const updateLastUse = compileQuery(db, (param: Param<"firmId" | "keyId" | "at">) =>
    db
      .updateTable("bearer_keys")
      .set({ last_used_at: param("at") })
      .where("firm_id", "=", param("firmId"))
      .where("id", "=", param("keyId"))
      .where(({ or, eb }) => or([eb("last_used_at", "is", null), eb("last_used_at", "<", param("at"))])),
  );

  return {
    findRecent: (key) => recentKeys.find(key),

    verify: (key) => recentKeys.remember(key, () => verify(key)),

    async create(firmId, name) {
      const id = randomBytes(6).toString("hex");
      const secret = randomBytes(32).toString("base64url");
      const created = await db
        .insertInto("bearer_keys")
        .values({
          id,
          firm_id: firmId,
          name,
          name_key: toNameKey(name),
          secret_hash: sha256(secret).toString("hex"),
          made_at: now(),
          last_used_at: null,
        })
        .onConflict((conflict) => conflict.columns(["firm_id", "name_key"]).doNothing())
        .returning("id")
        .executeTakeFirst();
      if (!created) throw new KeyNameTakenError();
      return { id, key: `ccr_${id}_${secret}` };
    },

    async recordUse(firmId, keyId, at) {
      await updateLastUse({ firmId, keyId, at });
    },

    async listByFirm(firmId) {
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
      const row = await db
        .deleteFrom("bearer_keys")
        .where("firm_id", "=", firmId)
        .where("id", "=", keyId)
        .returning("name")
        .executeTakeFirst();
      recentKeys.clear();
      return row ?? null;
    },
  };
}

/** Names with the same result count as one name. */
function toNameKey(name: string): string {
  return name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
}

function sha256(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}
