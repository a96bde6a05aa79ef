import { randomInt } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { MirrorRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import type { Sealer } from "../encryption/sealing.ts";
import { createDiscardedMirrors, type DiscardedMirrors, discardMirror } from "./discarded-mirrors.ts";
import {
  type FirmSummary,
  firmSummaries,
  firmsWithLookupUser,
  readableFormat,
  toFirmSummary,
} from "./firm-summary.ts";
import { type FirmMirror, type Mirror, toMirror } from "./mirror.ts";
import type { MirrorKeys } from "./mirror-keys.ts";
import { createSyncProgress, type SyncProgress } from "./sync-progress.ts";

/** The firms' mirrors, without their records. */
export interface Mirrors extends SyncProgress, DiscardedMirrors {
  /** Creates an empty mirror for a firm, and discards its previous one. */
  create(firmId: string, userId: number, formatVersion: string): Promise<Mirror>;
  /** Returns null if the firm isn't admitted. */
  findByFirm(firmId: string): Promise<FirmMirror | null>;
  /** Like `findByFirm`, with only what every call needs. */
  findSummary(firmId: string): Promise<FirmSummary | null>;
  /** Every admitted firm with its mirror, in order of admission. */
  list(): Promise<FirmMirror[]>;
  /** Some admitted firms with their mirrors, by ID. @param after only firms with a higher ID */
  listAfter(after: string, limit: number): Promise<FirmMirror[]>;
  /**
   * The IDs of the firms whose mirror needs work: a full sync is running or requested, changes are pending, or the last poll
   * was before that moment. Mirrors that wait to retry are left out.
   *
   * @param polledBefore milliseconds since 1970
   */
  needingWork(polledBefore: number): Promise<string[]>;
  /** The number of records in all mirrors, and the time of the poll that is longest ago, among complete mirrors. */
  totals(): Promise<{ users: number; contacts: number; matters: number; oldestPolledAt: number | null }>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createMirrors(
  db: Kysely<Schema>,
  { kids }: Pick<Sealer, "kids">,
  keys: Pick<MirrorKeys, "create">,
  now: () => number,
): Mirrors {
  const firmMirrors = (kysely: Kysely<Schema>) =>
    firmsWithLookupUser(kysely, kids)
      .select(({ selectFrom, exists }) =>
        exists(
          selectFrom("noted_changes")
            .select("record_id")
            .whereRef("noted_changes.mirror_id", "=", "mirrors.id"),
        ).as("has_pending_changes"),
      )
      .selectAll("mirrors");
  const summaryOfFirm = compileQuery(db, (param: Param<"firmId">) =>
    firmSummaries(db, kids).where("firms.id", "=", param("firmId")),
  );
  const mirrorOfFirm = compileQuery(db, (param: Param<"firmId">) =>
    firmMirrors(db).where("firms.id", "=", param("firmId")),
  );

  const unguarded = acrossFirms(db, "the scheduler and commands read the mirrors of all firms");
  const mirrorsAfter = compileQuery(unguarded, (param: Param<"after" | "limit">) =>
    firmMirrors(unguarded).where("firms.id", ">", param("after")).orderBy("firms.id").limit(param("limit")),
  );

  return {
    ...createSyncProgress(db, now),
    ...createDiscardedMirrors(db, now),

    async create(firmId, userId, formatVersion) {
      const id = randomInt(2 ** 48 - 1);
      const key = await keys.create(id);
      return db.transaction().execute(async (trx) => {
        await discardMirror(trx, firmId, now);
        const row = await trx
          .insertInto("mirrors")
          .values({
            id,
            firm_id: firmId,
            user_id: userId,
            form: formatVersion,
            gone: 0,
            begun_at: now(),
            pass_after: 0,
            pass_read: 0,
            pass_wanted: 0,
            users: 0,
            contacts: 0,
            matters: 0,
            users_revision: 0,
            failures: 0,
            retry_at: 0,
          } as MirrorRow)
          .returningAll()
          .executeTakeFirstOrThrow();
        await trx.insertInto("mirror_keys").values(key).execute();
        return toMirror(row);
      });
    },

    async findByFirm(firmId) {
      const [row] = await mirrorOfFirm({ firmId });
      return row ? toFirmMirror(row, kids) : null;
    },

    async findSummary(firmId) {
      const [row] = await summaryOfFirm({ firmId });
      return row ? toFirmSummary(row, kids) : null;
    },

    async list() {
      const rows = await firmMirrors(unguarded).orderBy("firms.admitted_at").orderBy("firms.id").execute();
      return rows.map((row) => toFirmMirror(row, kids));
    },

    async listAfter(after, limit) {
      const rows = await mirrorsAfter({ after, limit });
      return rows.map((row) => toFirmMirror(row, kids));
    },

    async needingWork(polledBefore) {
      const rows = await acrossFirms(db, "the scheduler looks for mirrors with work to do")
        .selectFrom("mirrors")
        .select("firm_id")
        .where("gone", "=", 0)
        .where("retry_at", "<=", now())
        .where(({ or, eb, exists, selectFrom }) =>
          or([
            eb("complete_at", "is", null),
            eb("pass_kind", "is not", null),
            eb("pass_wanted", "=", 1),
            eb("polled_at", "<=", polledBefore),
            exists(
              selectFrom("noted_changes")
                .select("record_id")
                .whereRef("noted_changes.mirror_id", "=", "mirrors.id"),
            ),
          ]),
        )
        .execute();
      return rows.map(({ firm_id }) => firm_id);
    },

    async totals() {
      const row = await acrossFirms(db, "a metric over all firms")
        .selectFrom("mirrors")
        .select(({ fn }) => [
          fn.sum<number | null>("users").as("users"),
          fn.sum<number | null>("contacts").as("contacts"),
          fn.sum<number | null>("matters").as("matters"),
          fn
            .min<number | null>("polled_at")
            .filterWhere("complete_at", "is not", null)
            .as("oldest_polled_at"),
        ])
        .where("gone", "=", 0)
        .executeTakeFirstOrThrow();
      return {
        users: Number(row.users ?? 0),
        contacts: Number(row.contacts ?? 0),
        matters: Number(row.matters ?? 0),
        oldestPolledAt: row.oldest_polled_at,
      };
    },
  };
}

type FirmMirrorRow = {
  admitted_firm_id: string;
  lookup_user_id: number | null;
  has_pending_changes: unknown;
  key_kid: string | null;
} & { [Column in keyof MirrorRow]: MirrorRow[Column] | null };

function toFirmMirror(row: FirmMirrorRow, kids: readonly string[]): FirmMirror {
  return {
    firmId: row.admitted_firm_id,
    lookupUserId: row.lookup_user_id,
    mirror:
      row.id === null || row.form === null
        ? null
        : toMirror({ ...(row as Selectable<MirrorRow>), form: readableFormat(row.form, row.key_kid, kids) }),
    hasPendingChanges: Boolean(row.has_pending_changes),
  };
}
