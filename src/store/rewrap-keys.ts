import type { Kysely } from "kysely";
import type { Schema } from "./db/schema.ts";
import { acrossFirms } from "./db/tenant-guard.ts";
import { sealWithDataKey } from "./encryption/data-key.ts";
import { SealError } from "./encryption/seal-error.ts";
import type { Sealer } from "./encryption/sealing.ts";
import { auditEventContext } from "./repositories/audit-events.ts";
import { callKeyContext } from "./repositories/call-keys.ts";
import {
  createConnectionKeys,
  isSealedWithSecretKey,
  secretKeyIdOf,
} from "./repositories/connection-keys.ts";
import { sealContext } from "./repositories/connections.ts";
import { firmKeyContext } from "./repositories/firm-keys.ts";
import { mirrorKeyContext } from "./repositories/mirror-keys.ts";
import { requestErasure } from "./repositories/pending-erasures.ts";
import { webhookContext } from "./repositories/webhooks.ts";

interface RewrapParts {
  readonly db: Kysely<Schema>;
  readonly sealer: Sealer;
  readonly now: () => number;
}

/**
 * Wraps every data key with the newest secret key, so that the older ones can be removed from `SECRET_KEY` after one start
 * (`docs/guides/keys.md`). The history has no data key; it is sealed again. Connections and webhook secrets that a version before 0.2 wrote get a data key.
 *
 * Values that no secret key decrypts are left unchanged, because the operator may add the key again. Several processes can do
 * this at the same time.
 */
export async function rewrapKeys(parts: RewrapParts): Promise<void> {
  const rewrapped =
    (await rewrapConnections(parts)) +
    (await resealWebhooks(parts)) +
    (await rewrapMirrors(parts)) +
    (await rewrapFirms(parts)) +
    (await rewrapCalls(parts)) +
    (await resealHistory(parts));
  // The files still contain the values wrapped with the older key.
  if (rewrapped > 0) await requestErasure(parts.db, parts.now);
}

async function rewrapConnections({ db, sealer }: RewrapParts): Promise<number> {
  const keys = createConnectionKeys(db, sealer);
  const rows = await acrossFirms(db, "the data keys of all firms are wrapped again")
    .selectFrom("connections")
    .leftJoin("connection_keys", (join) =>
      join
        .onRef("connection_keys.firm_id", "=", "connections.firm_id")
        .onRef("connection_keys.user_id", "=", "connections.user_id"),
    )
    .select([
      "connections.firm_id as firmId",
      "connections.user_id as userId",
      "connections.sealed",
      "connection_keys.wrapped",
    ])
    .where("connections.kid", "in", [...sealer.kids])
    .where(({ or, eb }) =>
      or([eb("connections.kid", "!=", sealer.kid), eb("connection_keys.wrapped", "is", null)]),
    )
    .execute();
  let rewrapped = 0;
  for (const { firmId, userId, sealed, wrapped } of rows) {
    const renewed = await openOrNull(async () => {
      const existing = wrapped === null ? undefined : await keys.unwrap(firmId, userId, wrapped);
      const { key, wrapped: newest } = await keys.wrap(firmId, userId, existing);
      if (existing && !isSealedWithSecretKey(sealed)) return { sealed, wrapped: newest };
      const context = sealContext(firmId, userId);
      const fields = await sealer.open(sealed, context);
      return { sealed: await sealWithDataKey(key, fields, context), wrapped: newest };
    });
    if (!renewed) continue;
    await db.transaction().execute(async (trx) => {
      // Only if no other process has changed it since.
      const row = await trx
        .updateTable("connections")
        .set({ sealed: renewed.sealed, kid: sealer.kid })
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .where("sealed", "=", sealed)
        .where(({ eb, not, exists, selectFrom }) => {
          const key = selectFrom("connection_keys")
            .select("wrapped")
            .where("firm_id", "=", firmId)
            .where("user_id", "=", userId);
          return wrapped === null ? not(exists(key)) : eb(key, "=", wrapped);
        })
        .returning("user_id")
        .executeTakeFirst();
      if (row) await keys.put(trx, firmId, userId, renewed.wrapped);
    });
    rewrapped += 1;
  }
  return rewrapped;
}

async function resealWebhooks({ db, sealer }: RewrapParts): Promise<number> {
  const keys = createConnectionKeys(db, sealer);
  const rows = await acrossFirms(db, "the webhook secrets of all firms are encrypted with data keys")
    .selectFrom("webhooks")
    .select(["id", "firm_id", "user_id", "sealed_secret"])
    .where("sealed_secret", "is not", null)
    .execute();
  let resealed = 0;
  for (const { id, firm_id: firmId, user_id: userId, sealed_secret: sealed } of rows) {
    if (sealed === null || !isSealedWithSecretKey(sealed)) continue;
    const context = webhookContext(id);
    const renewed = await openOrNull(async () => {
      const key = await keys.find(firmId, userId);
      return key && sealWithDataKey(key, await sealer.open(sealed, context), context);
    });
    if (!renewed) continue;
    await db
      .updateTable("webhooks")
      .set({ sealed_secret: renewed })
      .where("firm_id", "=", firmId)
      .where("id", "=", id)
      .where("sealed_secret", "=", sealed)
      .execute();
    resealed += 1;
  }
  return resealed;
}

async function rewrapMirrors({ db, sealer }: RewrapParts): Promise<number> {
  const rows = await acrossFirms(db, "the data keys of all mirrors are wrapped again")
    .selectFrom("mirror_keys")
    .select(["mirror_id as id", "wrapped"])
    .where("kid", "!=", sealer.kid)
    .where("kid", "in", [...sealer.kids])
    .execute();
  let rewrapped = 0;
  for (const { id, wrapped } of rows) {
    const context = mirrorKeyContext(id);
    const renewed = await openOrNull(async () =>
      sealer.wrapKey(await sealer.unwrapKey(wrapped, context), context),
    );
    if (!renewed) continue;
    await db
      .updateTable("mirror_keys")
      .set({ wrapped: renewed, kid: sealer.kid })
      .where("mirror_id", "=", id)
      .where("wrapped", "=", wrapped)
      .execute();
    rewrapped += 1;
  }
  return rewrapped;
}

async function rewrapFirms({ db, sealer }: RewrapParts): Promise<number> {
  const rows = await acrossFirms(db, "the data keys of all firms are wrapped again")
    .selectFrom("firm_keys")
    .select(["firm_id as firmId", "wrapped"])
    .where("kid", "!=", sealer.kid)
    .where("kid", "in", [...sealer.kids])
    .execute();
  let rewrapped = 0;
  for (const { firmId, wrapped } of rows) {
    const context = firmKeyContext(firmId);
    const renewed = await openOrNull(async () =>
      sealer.wrapKey(await sealer.unwrapKey(wrapped, context), context),
    );
    if (!renewed) continue;
    await db
      .updateTable("firm_keys")
      .set({ wrapped: renewed, kid: sealer.kid })
      .where("firm_id", "=", firmId)
      .where("wrapped", "=", wrapped)
      .execute();
    rewrapped += 1;
  }
  return rewrapped;
}

async function rewrapCalls({ db, sealer }: RewrapParts): Promise<number> {
  const rows = await acrossFirms(db, "the data keys of all firms' calls are wrapped again")
    .selectFrom("call_keys")
    .select(["firm_id", "period", "wrapped"])
    .where("kid", "!=", sealer.kid)
    .where("kid", "in", [...sealer.kids])
    .execute();
  let rewrapped = 0;
  for (const { firm_id: firmId, period, wrapped } of rows) {
    const context = callKeyContext(firmId, period);
    const renewed = await openOrNull(async () =>
      sealer.wrapKey(await sealer.unwrapKey(wrapped, context), context),
    );
    if (!renewed) continue;
    await db
      .updateTable("call_keys")
      .set({ wrapped: renewed, kid: sealer.kid })
      .where("firm_id", "=", firmId)
      .where("period", "=", period)
      .where("wrapped", "=", wrapped)
      .execute();
    rewrapped += 1;
  }
  return rewrapped;
}

async function resealHistory({ db, sealer }: RewrapParts): Promise<number> {
  const rows = await acrossFirms(db, "the history of all firms is sealed again")
    .selectFrom("audit_events")
    .select(["id", "firm_id", "sealed"])
    .execute();
  let resealed = 0;
  for (const { id, firm_id: firmId, sealed } of rows) {
    const kid = secretKeyIdOf(sealed);
    if (kid === sealer.kid || kid === null || !sealer.kids.includes(kid)) continue;
    const context = auditEventContext(firmId, id);
    const renewed = await openOrNull(async () => sealer.seal(await sealer.open(sealed, context), context));
    if (!renewed) continue;
    await db
      .updateTable("audit_events")
      .set({ sealed: renewed })
      .where("firm_id", "=", firmId)
      .where("id", "=", id)
      .execute();
    resealed += 1;
  }
  return resealed;
}

async function openOrNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return null;
  }
}
