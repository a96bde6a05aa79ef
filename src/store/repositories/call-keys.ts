import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { CipherCache } from "../encryption/cipher-cache.ts";
import { createDataKey } from "../encryption/data-key.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { MissingKeyError, SealError } from "../encryption/seal-error.ts";
import type { Sealer } from "../encryption/sealing.ts";
import { requestErasure } from "./pending-erasures.ts";

const WEEK_MS = 7 * 24 * 60 * 60_000;
/** How many keys a firm can have for one week: another is needed only if `SECRET_KEY` no longer opens the one before. */
const KEYS_PER_WEEK = 8;

/** A key that encrypts calls. */
export interface CallPeriod {
  /** Identifies it among the firm's keys: the number of the week since 1970, times 8, plus the number of the key. */
  readonly period: number;
  readonly cipher: RecordCipher;
}

/** The keys of one or two weeks. */
export type RecentPeriods = readonly [CallPeriod, ...CallPeriod[]];

/**
 * The data keys of calls: one for each firm and week, so that calls that are no longer kept become unreadable, remains in
 * files and backups included (`docs/explanation/what-is-recorded.md`).
 */
export interface CallKeys {
  /**
   * The key to encrypt with at a moment. Creates it if there is none that `SECRET_KEY` opens.
   *
   * @param at milliseconds since 1970
   * @throws the database's error if the firm isn't admitted
   */
  periodAt(trx: Kysely<Schema>, firmId: string, at: number): Promise<CallPeriod>;
  /**
   * The keys of several firms for the weeks from one moment to another, the last week first, by firm ID. Instead of its keys, a
   * firm has the `SealError` that `periodAt` would throw.
   *
   * @param since milliseconds since 1970
   * @param until milliseconds since 1970
   */
  periodsOf(
    trx: Kysely<Schema>,
    firmIds: readonly string[],
    { since, until }: { since: number; until: number },
  ): Promise<Map<string, RecentPeriods | SealError>>;
  /**
   * The cipher to decrypt with.
   *
   * @throws MissingKeyError if the key was destroyed; SealError if no secret key unwraps it
   */
  cipherOf(trx: Kysely<Schema>, firmId: string, period: number): Promise<RecordCipher>;
  /** Destroys the keys of weeks that ended before a moment and have no calls left. @param at milliseconds since 1970 */
  destroyUnused(at: number): Promise<void>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createCallKeys(db: Kysely<Schema>, sealer: Sealer, now: () => number): CallKeys {
  const ciphers = new CipherCache(sealer);

  function unwrap(wrapped: string, firmId: string, period: number): Promise<RecordCipher> {
    return ciphers.open(wrapped, callKeyContext(firmId, period));
  }

  /** The keys of these firms and weeks, the last one first. */
  function findKeys(trx: Kysely<Schema>, firmIds: readonly string[], weeks: { first: number; last: number }) {
    return acrossFirms(trx, "the calls of several firms are written in one transaction")
      .selectFrom("call_keys")
      .select(["firm_id", "period", "wrapped", "kid"])
      .where("firm_id", "in", firmIds)
      .where("period", ">=", weeks.first * KEYS_PER_WEEK)
      .where("period", "<", (weeks.last + 1) * KEYS_PER_WEEK)
      .orderBy("period", "desc")
      .execute();
  }

  async function ofWeek(
    trx: Kysely<Schema>,
    firmId: string,
    week: number,
    found?: Awaited<ReturnType<typeof findKeys>>,
  ): Promise<CallPeriod> {
    const firstPeriod = week * KEYS_PER_WEEK;
    for (let keys = found; ; keys = undefined) {
      keys ??= await findKeys(trx, [firmId], { first: week, last: week });
      const usable = keys.find(({ kid }) => sealer.kids.includes(kid));
      if (usable)
        return { period: usable.period, cipher: await unwrap(usable.wrapped, firmId, usable.period) };
      const period = (keys[0]?.period ?? firstPeriod - 1) + 1;
      if (period >= firstPeriod + KEYS_PER_WEEK)
        throw new SealError("SECRET_KEY was replaced too often to encrypt this week's calls");
      const wrapped = await sealer.wrapKey(createDataKey(), callKeyContext(firmId, period));
      // If another process is faster, its key is found next.
      await trx
        .insertInto("call_keys")
        .values({ firm_id: firmId, period, wrapped, kid: sealer.kid })
        .onConflict((conflict) => conflict.columns(["firm_id", "period"]).doNothing())
        .execute();
    }
  }

  return {
    periodAt: (trx, firmId, at) => ofWeek(trx, firmId, weekOf(at)),

    async periodsOf(trx, firmIds, { since, until }) {
      const [first, last] = [weekOf(since), weekOf(until)];
      const byFirm = Map.groupBy(await findKeys(trx, firmIds, { first, last }), ({ firm_id }) => firm_id);
      const periods = new Map<string, RecentPeriods | SealError>();
      // In the same order in every process: two that create keys for the same firms would otherwise wait for each other.
      for (const firmId of firmIds.toSorted()) {
        const keysOf = (week: number) =>
          byFirm.get(firmId)?.filter(({ period }) => Math.floor(period / KEYS_PER_WEEK) === week) ?? [];
        try {
          const latest = await ofWeek(trx, firmId, last, keysOf(last));
          const earlier = first === last ? [] : [await ofWeek(trx, firmId, first, keysOf(first))];
          periods.set(firmId, [latest, ...earlier]);
        } catch (error) {
          if (!(error instanceof SealError)) throw error;
          periods.set(firmId, error);
        }
      }
      return periods;
    },

    async cipherOf(trx, firmId, period) {
      const row = await trx
        .selectFrom("call_keys")
        .select("wrapped")
        .where("firm_id", "=", firmId)
        .where("period", "=", period)
        .executeTakeFirst();
      if (!row) throw new MissingKeyError("the data key of these calls was destroyed");
      return unwrap(row.wrapped, firmId, period);
    },

    async destroyUnused(at) {
      const unguarded = acrossFirms(db, "calls of every firm are kept equally long");
      await unguarded.transaction().execute(async (trx) => {
        const destroyed = await trx
          .deleteFrom("call_keys")
          .where("period", "<", weekOf(at) * KEYS_PER_WEEK)
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom("calls")
                  .select("calls.id")
                  .whereRef("calls.firm_id", "=", "call_keys.firm_id")
                  .whereRef("calls.period", "=", "call_keys.period"),
              ),
            ),
          )
          .returning("period")
          .execute();
        if (destroyed.length > 0) await requestErasure(trx, now);
      });
    },
  };
}

function weekOf(at: number): number {
  return Math.floor(at / WEEK_MS);
}

export function callKeyContext(firmId: string, period: number): string {
  return `data-key:calls:${firmId}:${period}`;
}
