import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";

/** Recognizes reports of calls that were reported before. */
export interface ReportedCalls {
  /** Deletes entries of all firms that have expired, at most a number of them. @returns whether there may be more */
  deleteExpired(limit: number): Promise<boolean>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createReportedCalls(db: Kysely<Schema>, now: () => number): ReportedCalls {
  return {
    async deleteExpired(limit) {
      const unguarded = acrossFirms(db, "entries of every firm expire");
      const expired = await unguarded
        .selectFrom("reported_calls")
        .select(["firm_id", "hash"])
        .where("expires_at", "<=", now())
        .limit(limit)
        .execute();
      for (const { firm_id, hash } of expired)
        await db
          .deleteFrom("reported_calls")
          .where("firm_id", "=", firm_id)
          .where("hash", "=", hash)
          .where("expires_at", "<=", now())
          .execute();
      return expired.length === limit;
    },
  };
}

/**
 * Claims a report for a call, unless it was claimed before. Atomic across processes.
 *
 * @param hash keyed hash of what identifies the report
 * @param callId the call that it is claimed for
 * @param expiresAt until when it is recognized, in milliseconds since 1970
 * @returns the call that has it: `callId`, or that of the earlier report
 */
export async function claimReport(
  trx: Kysely<Schema>,
  {
    firmId,
    hash,
    callId,
    expiresAt,
    at,
  }: {
    firmId: string;
    hash: string;
    callId: string;
    expiresAt: number;
    at: number;
  },
): Promise<string> {
  const claimed = await trx
    .insertInto("reported_calls")
    .values({ firm_id: firmId, hash, call_id: callId, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict
        .columns(["firm_id", "hash"])
        .doUpdateSet({ call_id: callId, expires_at: expiresAt })
        .where("reported_calls.expires_at", "<=", at),
    )
    .returning("call_id")
    .executeTakeFirst();
  if (claimed) return claimed.call_id;
  const earlier = await trx
    .selectFrom("reported_calls")
    .select("call_id")
    .where("firm_id", "=", firmId)
    .where("hash", "=", hash)
    .executeTakeFirstOrThrow();
  return earlier.call_id;
}
