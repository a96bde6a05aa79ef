import type { Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import type { MirrorKeyRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { createDataKey } from "../encryption/data-key.ts";
import { createRecordCipher, type RecordCipher } from "../encryption/record-cipher.ts";
import { MissingKeyError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";
import { requestErasure } from "./pending-erasures.ts";

/** The data keys of mirrors. Each is unwrapped once per process and kept until its mirror is discarded. */
export interface MirrorKeys {
  /** @returns a key for a new mirror, to be inserted in the transaction that creates the mirror */
  create(mirrorId: number): Promise<MirrorKeyRow>;
  /**
   * The cipher of a mirror's records.
   *
   * @throws MissingKeyError if there is no key; SealError if no secret key unwraps it
   */
  cipherFor(mirrorId: number): Promise<RecordCipher>;
  /** The same, if this process has it in memory; otherwise null. */
  loadedCipher(mirrorId: number): RecordCipher | null;
  /** Forgets the keys of mirrors that any process has discarded. A call that already holds such a key can finish. */
  forgetDiscarded(): Promise<void>;
  /**
   * Repairs mirrors whose key PostgreSQL lost in a crash: restores the key if this process has it in memory. Otherwise it
   * discards the mirror at the second call, because another process may still restore the key.
   */
  restoreLost(): Promise<void>;
}

interface UnwrappedKey {
  readonly row: MirrorKeyRow;
  readonly cipher: RecordCipher;
}

interface CachedKey {
  readonly loading: Promise<UnwrappedKey>;
  loaded: UnwrappedKey | null;
}

/** A call of a firm whose key is no longer in memory takes two more queries. A key takes about 2 kB. */
const MAX_CACHED_KEYS = 5_000;

export function createMirrorKeys(db: Kysely<Schema>, sealer: Sealer): MirrorKeys {
  const cache = new LRUCache<number, CachedKey>({ max: MAX_CACHED_KEYS });
  let missingBefore: ReadonlySet<number> = new Set();

  async function load(mirrorId: number): Promise<UnwrappedKey> {
    const row = await db
      .selectFrom("mirror_keys")
      .selectAll()
      .where("mirror_id", "=", mirrorId)
      .executeTakeFirst();
    if (!row) throw new MissingKeyError("the data key of this mirror was destroyed");
    const dataKey = await sealer.unwrapKey(row.wrapped, mirrorKeyContext(mirrorId));
    return { row, cipher: createRecordCipher(dataKey) };
  }

  /** @returns whether each mirror in use has a key, by mirror ID */
  async function mirrorsInUse(): Promise<Map<number, boolean>> {
    const rows = await acrossFirms(db, "which mirrors are in use, and which of them have a key")
      .selectFrom("mirrors")
      .leftJoin("mirror_keys", "mirror_keys.mirror_id", "mirrors.id")
      .select(["mirrors.id", "mirror_keys.kid"])
      .where("mirrors.gone", "=", 0)
      .execute();
    return new Map(rows.map(({ id, kid }) => [id, kid !== null]));
  }

  async function restore(mirrorId: number, row: MirrorKeyRow): Promise<void> {
    await db.transaction().execute(async (trx) => {
      // An update, not a select: it locks the row, so that the mirror can't be discarded at the same time.
      const inUse = await trx
        .updateTable("mirrors")
        .set({ gone: 0 })
        .where("id", "=", mirrorId)
        .where("gone", "=", 0)
        .returning("id")
        .executeTakeFirst();
      if (!inUse) return;
      await trx
        .insertInto("mirror_keys")
        .values(row)
        .onConflict((conflict) => conflict.column("mirror_id").doNothing())
        .execute();
    });
  }

  return {
    async create(mirrorId) {
      const wrapped = await sealer.wrapKey(createDataKey(), mirrorKeyContext(mirrorId));
      return { mirror_id: mirrorId, wrapped, kid: sealer.kid };
    },

    async cipherFor(mirrorId) {
      const cached = cache.get(mirrorId);
      if (cached) return (await cached.loading).cipher;
      const entry: CachedKey = { loading: load(mirrorId), loaded: null };
      cache.set(mirrorId, entry);
      try {
        entry.loaded = await entry.loading;
        return entry.loaded.cipher;
      } catch (error) {
        if (cache.peek(mirrorId) === entry) cache.delete(mirrorId);
        throw error;
      }
    },

    loadedCipher(mirrorId) {
      return cache.get(mirrorId)?.loaded?.cipher ?? null;
    },

    async forgetDiscarded() {
      // Taken before the query: a key that is loaded during the query belongs to a mirror in use.
      const cached = [...cache.keys()];
      if (cached.length === 0) return;
      const inUse = await mirrorsInUse();
      for (const id of cached) if (!inUse.has(id)) cache.delete(id);
    },

    async restoreLost() {
      const missing = [...(await mirrorsInUse())].filter(([, hasKey]) => !hasKey).map(([id]) => id);
      for (const id of missing) {
        const known = await cache.peek(id)?.loading.catch(() => null);
        if (known) await restore(id, known.row);
        else if (missingBefore.has(id)) await discardWithoutKey(id);
      }
      missingBefore = new Set(missing);
    },
  };

  async function discardWithoutKey(mirrorId: number): Promise<void> {
    await acrossFirms(db, "a mirror without a key is found by its ID")
      .updateTable("mirrors")
      .set({ gone: 1 })
      .where("id", "=", mirrorId)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom("mirror_keys").select("mirror_id").where("mirror_id", "=", mirrorId))),
      )
      .execute();
  }
}

/**
 * Destroys the data keys of mirrors. Call it in the transaction that discards them.
 *
 * @param now the clock, in milliseconds since 1970
 */
export async function destroyMirrorKeys(
  trx: Kysely<Schema>,
  mirrorIds: readonly number[],
  now: () => number,
): Promise<void> {
  if (mirrorIds.length === 0) return;
  for (const id of mirrorIds) await trx.deleteFrom("mirror_keys").where("mirror_id", "=", id).execute();
  await requestErasure(trx, now);
}

export function mirrorKeyContext(mirrorId: number): string {
  return `data-key:mirror:${mirrorId}`;
}
