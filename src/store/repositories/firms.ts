import type { Kysely } from "kysely";
import type { FirmRow, Schema } from "../db/schema.ts";
import { serializable } from "../db/serializable.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import { createInvitations } from "./invitations.ts";

/** A law firm that the operator has let in: one Clio account. */
export interface Firm {
  /** Region and account id, as `firmIdOf` puts them together: `us-12345`. */
  readonly id: string;
  /** Clio's region: `us`, `eu`, `ca`, `au`. */
  readonly region: string;
  /** Clio's account id, unique within its region alone. */
  readonly accountId: number;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly admittedAt: number;
  /** When its receptionist last asked something, with whichever key; milliseconds since 1970, null while it never did. */
  readonly lastCallAt: number | null;
}

/** The firms that are admitted. Whoever belongs to no firm in here gets nothing (contract, `GET /connect`). */
export interface Firms {
  /**
   * Lets a firm in. One that is in already stays so, and takes the name given.
   *
   * @param onlyFirst refuses every firm but the first. Of two that come at the same moment one gets in:
   *   what the generated setup link is good for (contract, `SETUP_TOKEN`)
   * @param invitation the token of an invitation, which is used up by letting the firm in; one that is not good refuses
   *   every firm that is not in already, and so does null, for none
   */
  admit(
    firm: Pick<Firm, "region" | "accountId" | "name">,
    options: { onlyFirst: boolean; invitation?: string | null },
  ): Promise<"admitted" | "already admitted" | "refused">;
  /** Notes a call for a firm; `at` is in milliseconds since 1970, and an earlier one than the noted one is not kept. */
  recordCall(firmId: string, at: number): Promise<void>;
  /** The firm of that id, or null when it is not admitted. */
  find(firmId: string): Promise<Firm | null>;
  /** How many firms are admitted. */
  count(): Promise<number>;
  /** All of them, in the order in which they were admitted. */
  list(): Promise<Firm[]>;
  /** The firm, while exactly one is admitted (contract, `UPFIRST_API_KEY`); else how many there are instead. */
  only(): Promise<Firm | "none" | "several">;
  /**
   * Shuts a firm out, with its connections, webhooks and bearer keys; its mirror is given up (`Mirrors.sweep`). Does nothing
   * when it is not admitted.
   */
  remove(firmId: string): Promise<void>;
}

/** The id under which this service keeps a Clio account. */
export function firmIdOf(region: string, accountId: number): string {
  return `${region}-${accountId}`;
}

/** @param now milliseconds since 1970 */
export function createFirms(db: Kysely<Schema>, now: () => number): Firms {
  const inOrder = acrossFirms(db, "the operator's list of who is admitted")
    .selectFrom("firms")
    .selectAll()
    .orderBy("admitted_at")
    .orderBy("id");

  return {
    admit({ region, accountId, name }, { onlyFirst, invitation }) {
      const id = firmIdOf(region, accountId);
      return serializable(db, async (trx) => {
        const renamed = await trx
          .updateTable("firms")
          .set({ name })
          .where("id", "=", id)
          .returning("id")
          .executeTakeFirst();
        if (renamed) return "already admitted";

        const another = await acrossFirms(trx, "whether any firm is admitted")
          .selectFrom("firms")
          .select("id")
          .limit(1)
          .executeTakeFirst();
        if (onlyFirst && another) return "refused";
        if (invitation === null) return "refused";
        if (invitation !== undefined && !(await createInvitations(trx, now).use(invitation)))
          return "refused";

        await trx
          .insertInto("firms")
          .values({ id, region, account_id: accountId, name, admitted_at: now(), last_call_at: null })
          .execute();
        return "admitted";
      });
    },

    async recordCall(firmId, at) {
      await db
        .updateTable("firms")
        .set({ last_call_at: at })
        .where("id", "=", firmId)
        .where(({ or, eb }) => or([eb("last_call_at", "is", null), eb("last_call_at", "<", at)]))
        .execute();
    },

    async find(firmId) {
      const row = await db.selectFrom("firms").selectAll().where("id", "=", firmId).executeTakeFirst();
      return row ? toFirm(row) : null;
    },

    async count() {
      const { firms } = await acrossFirms(db, "a count, of nobody in particular")
        .selectFrom("firms")
        .select(({ fn }) => fn.countAll().as("firms"))
        .executeTakeFirstOrThrow();
      return Number(firms);
    },

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
        await trx.updateTable("mirrors").set({ gone: 1 }).where("firm_id", "=", firmId).execute();
        await trx.deleteFrom("firms").where("id", "=", firmId).execute();
      });
    },
  };
}

function toFirm(row: FirmRow): Firm {
  return {
    id: row.id,
    region: row.region,
    accountId: row.account_id,
    name: row.name,
    admittedAt: row.admitted_at,
    lastCallAt: row.last_call_at,
  };
}
