import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { equalInConstantTime } from "../../security/constant-time.ts";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { Schema, WebhookRow } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { sealWithDataKey } from "../encryption/data-key.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";
import { createConnectionKeys } from "./connection-keys.ts";

/** The kinds of records that webhooks report changes of. */
export type WebhookModel = WebhookRow["model"];

/** A webhook that was created in Clio for a user, or is about to be. Times are milliseconds since 1970. */
export interface Webhook {
  /** Our ID and the last part of the URL: 128 random bits that only Clio knows. */
  readonly id: string;
  readonly firmId: string;
  /** The user it belongs to in Clio. */
  readonly userId: number;
  readonly model: WebhookModel;
  /** Where Clio sends deliveries. */
  readonly url: string;
  /** Clio's ID; null until Clio has returned it. */
  readonly clioId: number | null;
  /** Signs deliveries. Null before the handshake, and if its key was removed from `SECRET_KEY`. */
  readonly secret: string | null;
  readonly expiresAt: number;
}

/** The firms' webhooks (`docs/explanation/how-clio-behaves.md`, "Webhooks"). */
export interface Webhooks {
  /** Adds a webhook before it is created in Clio, because the handshake may arrive before Clio's response. */
  add(
    webhook: Pick<Webhook, "firmId" | "userId" | "model" | "expiresAt">,
    urlOf: (id: string) => string,
  ): Promise<Webhook>;
  /** Records that Clio has created or renewed a webhook. */
  recordCreated(firmId: string, id: string, clioId: number, expiresAt: number): Promise<void>;
  /**
   * Stores the secret that Clio sends in the handshake (`docs/explanation/how-clio-behaves.md`, "Handshake").
   *
   * @returns false, without effect, if there is no such webhook, if its user isn't connected, or if it already has a different
   *   secret
   */
  confirmHandshake(id: string, secret: string): Promise<boolean>;
  /** Finds a webhook of any firm: a delivery identifies the firm only by this ID. */
  find(id: string): Promise<Webhook | null>;
  /** Ordered by model. */
  listByFirm(firmId: string): Promise<Webhook[]>;
  /** The IDs of the firms that have webhooks. */
  listFirmIds(): Promise<string[]>;
  /** Has no effect if the firm has no such webhook. */
  remove(firmId: string, id: string): Promise<void>;
}

const ID_BYTES = 16;
const MAX_OPENED_SECRETS = 2_000;
/** After a webhook's key was destroyed, a process may still have its secret in memory for this long. */
const OPENED_SECRET_TTL_MS = 60_000;

/** A webhook with the data key of its user's connection, wrapped; null if there is none. */
type KeyedWebhookRow = WebhookRow & { wrapped: string | null };

const withKey = (kysely: Kysely<Schema>) =>
  kysely
    .selectFrom("webhooks")
    .selectAll("webhooks")
    .select(({ selectFrom }) =>
      selectFrom("connection_keys")
        .select("connection_keys.wrapped")
        .whereRef("connection_keys.firm_id", "=", "webhooks.firm_id")
        .whereRef("connection_keys.user_id", "=", "webhooks.user_id")
        .as("wrapped"),
    );

export function createWebhooks(db: Kysely<Schema>, sealer: Sealer): Webhooks {
  const keys = createConnectionKeys(db, sealer);
  /**
   * Deliveries come in bursts, and decrypting takes longer than all else that is done with one. The encrypted secret and its
   * key come from the database each time.
   */
  const openedSecrets = new LRUCache<string, string>({
    max: MAX_OPENED_SECRETS,
    ttl: OPENED_SECRET_TTL_MS,
    ttlAutopurge: true,
  });
  const deliveries = acrossFirms(
    db,
    "a delivery identifies its firm only by the webhook's URL, which has 128 random bits",
  );
  const findById = compileQuery(deliveries, (param: Param<"id">) =>
    withKey(deliveries).where("id", "=", param("id")),
  );

  async function openSecret(row: KeyedWebhookRow): Promise<string | null> {
    if (row.sealed_secret === null) return null;
    const owner = { firmId: row.firm_id, userId: row.user_id, wrapped: row.wrapped };
    const context = webhookContext(row.id);
    // With the context and the owner, because a secret that was moved to another row must not open there.
    const name = JSON.stringify([context, owner, row.sealed_secret]);
    const opened = openedSecrets.get(name);
    if (opened !== undefined) return opened;
    try {
      const secret = String(await keys.open(owner, row.sealed_secret, context));
      openedSecrets.set(name, secret);
      return secret;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return null;
    }
  }

  async function toWebhook(row: KeyedWebhookRow): Promise<Webhook> {
    return {
      id: row.id,
      firmId: row.firm_id,
      userId: row.user_id,
      model: row.model,
      url: row.url,
      clioId: row.clio_id,
      secret: await openSecret(row),
      expiresAt: row.expires_at,
    };
  }

  async function find(id: string): Promise<Webhook | null> {
    const [row] = await findById({ id });
    return row ? toWebhook(row) : null;
  }

  return {
    async add({ firmId, userId, model, expiresAt }, urlOf) {
      const id = randomBytes(ID_BYTES).toString("base64url");
      const row = {
        id,
        firm_id: firmId,
        user_id: userId,
        model,
        url: urlOf(id),
        clio_id: null,
        sealed_secret: null,
        expires_at: expiresAt,
      };
      await db.insertInto("webhooks").values(row).execute();
      return toWebhook({ ...row, wrapped: null });
    },

    async recordCreated(firmId, id, clioId, expiresAt) {
      await db
        .updateTable("webhooks")
        .set({ clio_id: clioId, expires_at: expiresAt })
        .where("firm_id", "=", firmId)
        .where("id", "=", id)
        .execute();
    },

    async confirmHandshake(id, secret) {
      const webhook = await find(id);
      if (!webhook) return false;
      const key = await keys.find(webhook.firmId, webhook.userId).catch((error: unknown) => {
        if (!(error instanceof SealError)) throw error;
        return null;
      });
      if (!key) return false;
      const sealed = await sealWithDataKey(key, secret, webhookContext(id));
      const stored = await db
        .updateTable("webhooks")
        .set({ sealed_secret: sealed })
        .where("firm_id", "=", webhook.firmId)
        .where("id", "=", id)
        .where("sealed_secret", "is", null)
        .returning("id")
        .executeTakeFirst();
      if (stored) return true;
      const current = await find(id);
      return current !== null && current.secret !== null && equalInConstantTime(secret, current.secret);
    },

    find,

    async listByFirm(firmId) {
      const rows = await withKey(db).where("firm_id", "=", firmId).orderBy("model").orderBy("id").execute();
      return Promise.all(rows.map(toWebhook));
    },

    async listFirmIds() {
      const rows = await acrossFirms(db, "which firms have webhooks")
        .selectFrom("webhooks")
        .select("firm_id")
        .distinct()
        .execute();
      return rows.map(({ firm_id }) => firm_id);
    },

    async remove(firmId, id) {
      await db.deleteFrom("webhooks").where("firm_id", "=", firmId).where("id", "=", id).execute();
    },
  };
}

export function webhookContext(id: string): string {
  return `webhook:${id}`;
}
