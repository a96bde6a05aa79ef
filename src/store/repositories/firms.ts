import type { Kysely } from "kysely";
import { compileQuery, type Param } from "../db/compiled-query.ts";
import type { FirmRow, Schema } from "../db/schema.ts";
import { serializableTransaction } from "../db/serializable-transaction.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { renewAbsencesRevision } from "./absences-revision.ts";
import { discardMirror } from "./discarded-mirrors.ts";
import { createInvitations } from "./invitations.ts";
import { requestErasure } from "./pending-erasures.ts";
import type { RecentKeys } from "./recent-keys.ts";

/** An admitted law firm: one Clio account. */
export interface Firm {
  /** Region and account ID, such as `us-12345` (`firmIdOf`). */
  readonly id: string;
  /** Clio's region: `us`, `eu`, `ca`, `au`. */
  readonly region: string;
  /** Clio's account ID, which is unique only within its region. */
  readonly accountId: number;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly admittedAt: number;
  /** The receptionist's last request with any key, in milliseconds since 1970; null if there was none. */
  readonly lastCallAt: number | null;
  /** An IANA name; null for the time zone of the firm's region. */
  readonly timeZone: string | null;
}

/** The admitted firms. Users of other firms can't connect (`docs/reference/endpoints.md`, "GET /connect"). */
export interface Firms {
  /**
   * Admits a firm. If it is already admitted, only its name is updated.
   *
   * @param onlyFirst refuses all firms but the first that was ever admitted, even if several come at the same time, or the
   *   first was removed. Used for the generated setup link (`docs/reference/settings.md`, "SETUP_TOKEN").
   * @param invitation the token of an invitation, which admitting the firm uses up. With an invalid token, or null for none,
   *   new firms are refused. Undefined if no invitation is needed.
   * @param admittedBy the user who admits the firm (`Administrators.appointAdmitter`)
   * @param firm with the time zone of that user, which isn't updated later
   */
  admit(
    firm: Pick<Firm, "region" | "accountId" | "name"> & Partial<Pick<Firm, "timeZone">>,
    options: { onlyFirst: boolean; invitation?: string | null; admittedBy?: number },
  ): Promise<"admitted" | "already admitted" | "refused">;
  /** Records a call for a firm. An earlier time than the recorded one has no effect. @param at milliseconds since 1970 */
  recordCall(firmId: string, at: number): Promise<void>;
  /** Sets the time zone of the firm's absences and phone logs. @param timeZone an IANA name */
  setTimeZone(firmId: string, timeZone: string): Promise<void>;
  /** Records that the transfer rules are in Upfirst. @returns false, without effect, if it was recorded before */
  recordTransferRulesAdded(firmId: string): Promise<boolean>;
  /** When an administrator said that they are there, in milliseconds since 1970; null before that. */
  transferRulesAddedAt(firmId: string): Promise<number | null>;
  /** Returns null if the firm isn't admitted. */
  find(firmId: string): Promise<Firm | null>;
  count(): Promise<number>;
  /** Whether a firm was ever admitted, removed or not. */
  wasAnyAdmitted(): Promise<boolean>;
  /** In order of admission. */
  list(): Promise<Firm[]>;
  /** The firm, if exactly one is admitted (for the setting `UPFIRST_API_KEY`). */
  only(): Promise<Firm | "none" | "several">;
  /**
   * Deletes a firm with its connections, webhooks and API keys, and discards its mirror (`Mirrors.sweep`). All their data keys
   * are destroyed. Has no effect if the firm isn't admitted.
   */
  remove(firmId: string): Promise<void>;
}

/** The firm ID of a Clio account. */
export function firmIdOf(region: string, accountId: number): string {
  return `${region}-${accountId}`;
}

/** @param now the clock, in milliseconds since 1970 */
export function createFirms(db: Kysely<Schema>, recentKeys: RecentKeys, now: () => number): Firms {
  const inOrder = acrossFirms(db, "the list of all firms")
    .selectFrom("firms")
    .selectAll()
    .orderBy("admitted_at")
    .orderBy("id");

  const updateLastCall = compileQuery(db, (param: Param<"firmId" | "at">) =>
    db
      .updateTable("firms")
      .set({ last_call_at: param("at") })
      .where("id", "=", param("firmId"))
      .where(({ or, eb }) => or([eb("last_call_at", "is", null), eb("last_call_at", "<", param("at"))])),
  );

  return {
    admit({ region, accountId, name, timeZone }, { onlyFirst, invitation, admittedBy }) {
      const id = firmIdOf(region, accountId);
      return serializableTransaction(db, async (trx) => {
        const renamed = await trx
          .updateTable("firms")
          .set({ name })
          .where("id", "=", id)
          .returning("id")
          .executeTakeFirst();
        if (renamed) return "already admitted";

        if (onlyFirst && (await wasAnyAdmitted(trx))) return "refused";
        if (invitation === null) return "refused";
        if (invitation !== undefined && !(await createInvitations(trx, now).consume(invitation)))
          return "refused";

        await trx
          .insertInto("firms")
          .values({
            id,
            region,
            account_id: accountId,
            name,
            admitted_at: now(),
            last_call_at: null,
            admitted_by: admittedBy ?? null,
            time_zone: timeZone ?? null,
          })
          .execute();
        await trx
          .insertInto("first_admission")
          .values({ id: 1, admitted_at: now() })
          .onConflict((conflict) => conflict.column("id").doNothing())
          .execute();
        return "admitted";
      });
    },

    async recordCall(firmId, at) {
      await updateLastCall({ firmId, at });
    },

    async setTimeZone(firmId, timeZone) {
      await db.transaction().execute(async (trx) => {
        await trx.updateTable("firms").set({ time_zone: timeZone }).where("id", "=", firmId).execute();
        await renewAbsencesRevision(trx, firmId);
      });
    },

    async recordTransferRulesAdded(firmId) {
      const row = await db
        .updateTable("firms")
        .set({ transfer_rules_added_at: now() })
        .where("id", "=", firmId)
        .where("transfer_rules_added_at", "is", null)
        .returning("id")
        .executeTakeFirst();
      return row !== undefined;
    },

    async transferRulesAddedAt(firmId) {
      const row = await db
        .selectFrom("firms")
        .select("transfer_rules_added_at")
        .where("id", "=", firmId)
        .executeTakeFirst();
      return row?.transfer_rules_added_at ?? null;
    },

    async find(firmId) {
      const row = await db.selectFrom("firms").selectAll().where("id", "=", firmId).executeTakeFirst();
      return row ? toFirm(row) : null;
    },

    async count() {
      const { firms } = await acrossFirms(db, "the number of firms")
        .selectFrom("firms")
        .select(({ fn }) => fn.countAll().as("firms"))
        .executeTakeFirstOrThrow();
      return Number(firms);
    },

    wasAnyAdmitted: () => wasAnyAdmitted(db),

    async list() {
      return (await inOrder.execute()).map(toFirm);
    },

    async only() {
      const [first, second] = await inOrder.limit(2).execute();
      if (!first) return "none";
      return second ? "several" : toFirm(first);
    },

    async remove(firmId) {
      await db.transaction().execute(async (trx) => {
        await discardMirror(trx, firmId, now);
        await trx.deleteFrom("firms").where("id", "=", firmId).execute();
        await requestErasure(trx, now);
      });
      recentKeys.clear();
    },
  };
}

async function wasAnyAdmitted(db: Kysely<Schema>): Promise<boolean> {
  if (await db.selectFrom("first_admission").select("id").executeTakeFirst()) return true;
  // During a rolling upgrade, a process of the version before may admit a firm without recording it.
  const firm = await acrossFirms(db, "whether any firm is admitted yet")
    .selectFrom("firms")
    .select("id")
    .limit(1)
    .executeTakeFirst();
  return firm !== undefined;
}

function toFirm(row: FirmRow): Firm {
  return {
    id: row.id,
    region: row.region,
    accountId: row.account_id,
    name: row.name,
    admittedAt: row.admitted_at,
    lastCallAt: row.last_call_at,
    timeZone: row.time_zone,
  };
}
