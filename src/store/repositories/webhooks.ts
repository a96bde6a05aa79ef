import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { equalInConstantTime } from "../../security/constant-time.ts";
import type { Schema, WebhookRow } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";

/** The kinds of record that Clio tells changes of. */
export type WebhookModel = WebhookRow["model"];

/** A webhook that was made in Clio in the name of a user, or is just being made. Times are milliseconds since 1970. */
export interface Webhook {
  /** Ours, the last part of its address: 128 random bits, known to Clio alone. */
  readonly id: string;
  readonly firmId: string;
  /** Whose it is in Clio. */
  readonly userId: number;
  readonly model: WebhookModel;
  /** Where Clio sends its deliveries. */
  readonly url: string;
  /** Clio's id; null while Clio has not said it. */
  readonly clioId: number | null;
  /** What deliveries are signed with; null before the handshake, and when the secret key it was sealed with is gone. */
  readonly secret: string | null;
  readonly expiresAt: number;
}

/** The webhooks of the firms. */
export interface Webhooks {
  /** Notes one that is about to be made, under an id of its own: Clio's handshake may come before Clio's answer. */
  add(
    webhook: Pick<Webhook, "firmId" | "userId" | "model" | "expiresAt">,
    urlOf: (id: string) => string,
  ): Promise<Webhook>;
  /** Clio has made it, or given it more time. */
  recordCreated(firmId: string, id: string, clioId: number, expiresAt: number): Promise<void>;
  /**
   * Keeps the secret of a handshake (clio-facts, Webhooks).
   *
   * @returns false, and keeps nothing, when there is no such webhook, or its hand was shaken with another secret
   */
  confirmHandshake(id: string, secret: string): Promise<boolean>;
  /** The one of that id, whatever the firm: a delivery names nothing else. */
  find(id: string): Promise<Webhook | null>;
  /** Those of a firm, by model. */
  ofFirm(firmId: string): Promise<Webhook[]>;
  /** Every firm's that has any, by firm. */
  firms(): Promise<string[]>;
  /** Forgets one. */
  remove(firmId: string, id: string): Promise<void>;
}

const ID_BYTES = 16;

export function createWebhooks(db: Kysely<Schema>, sealer: Sealer): Webhooks {
  async function secretOf(row: WebhookRow): Promise<string | null> {
    if (row.sealed_secret === null) return null;
    try {
      return String(await sealer.open(row.sealed_secret, `webhook:${row.id}`));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return null;
    }
  }

  async function opened(row: WebhookRow): Promise<Webhook> {
    return {
      id: row.id,
      firmId: row.firm_id,
      userId: row.user_id,
      model: row.model,
      url: row.url,
      clioId: row.clio_id,
      secret: await secretOf(row),
      expiresAt: row.expires_at,
    };
  }

  async function find(id: string): Promise<Webhook | null> {
    const row = await acrossFirms(
      db,
      "its address, of 128 random bits, is all that a delivery says of a firm",
    )
      .selectFrom("webhooks")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    return row ? opened(row) : null;
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
      return opened(row);
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
      const waiting = await find(id);
      if (!waiting) return false;
      const sealed = await sealer.seal(secret, `webhook:${id}`);
      const shaken = await db
        .updateTable("webhooks")
        .set({ sealed_secret: sealed })
        .where("firm_id", "=", waiting.firmId)
        .where("id", "=", id)
        .where("sealed_secret", "is", null)
        .returning("id")
        .executeTakeFirst();
      if (shaken) return true;
      const known = await find(id);
      return known !== null && known.secret !== null && equalInConstantTime(secret, known.secret);
    },

    find,

    async ofFirm(firmId) {
      const rows = await db
        .selectFrom("webhooks")
        .selectAll()
        .where("firm_id", "=", firmId)
        .orderBy("model")
        .orderBy("id")
        .execute();
      return Promise.all(rows.map(opened));
    },

    async firms() {
      const rows = await acrossFirms(db, "which firms have webhooks to be taken away")
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
