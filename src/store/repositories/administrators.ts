import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";
import { serializableTransaction } from "../db/serializable-transaction.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import type { Sealer } from "../encryption/sealing.ts";

/** Why a user is an administrator: as the account owner in Clio, or chosen by an administrator or the operator. */
export type AdministratorRole = "account_owner" | "named";

/**
 * The administrators of firms (`docs/guides/administrators.md`): the account owner in Clio, the user who admitted the firm, and
 * the users whom an administrator chooses. An administrator whose access Clio revokes keeps the role, but counts only while
 * connected. Disconnecting ends the role.
 */
export interface Administrators {
  /** Null if the user isn't an administrator or isn't connected. */
  roleOf(firmId: string, userId: number): Promise<AdministratorRole | null>;
  /** All administrators of a firm by user ID, whether connected or revoked. */
  listByFirm(firmId: string): Promise<ReadonlyMap<number, AdministratorRole>>;
  /** Records whether Clio calls the user the account owner. Has no effect if the user has never connected. */
  setAccountOwner(firmId: string, userId: number, isAccountOwner: boolean): Promise<void>;
  /**
   * Makes the user who admitted the firm an administrator, unless another administrator is connected.
   *
   * @returns whether the user has become one
   */
  appointAdmitter(firmId: string, userId: number): Promise<boolean>;
  /**
   * Makes a user an administrator.
   *
   * @returns false, without effect, if the user isn't connected
   */
  add(firmId: string, userId: number): Promise<boolean>;
  /**
   * Removes a user as administrator.
   *
   * @returns "last", without effect, if no other administrator is connected; "unchanged" if the user isn't one, or is the
   *   account owner
   */
  remove(firmId: string, userId: number): Promise<"removed" | "last" | "unchanged">;
  /** The number of connected administrators of each firm that has any. */
  countByFirm(): Promise<ReadonlyMap<string, number>>;
}

/** @param sealer determines which connections can be decrypted; other users don't count as connected */
export function createAdministrators(db: Kysely<Schema>, sealer: Sealer): Administrators {
  function connectedAdministrators(db: Kysely<Schema>) {
    return db
      .selectFrom("connections")
      .where("state", "=", "connected")
      .where("kid", "in", sealer.kids)
      .where(({ or, eb }) => or([eb("administrator", "=", 1), eb("account_owner", "=", 1)]));
  }

  async function anotherIsConnected(trx: Kysely<Schema>, firmId: string, userId: number): Promise<boolean> {
    const other = await connectedAdministrators(trx)
      .select("user_id")
      .where("firm_id", "=", firmId)
      .where("user_id", "<>", userId)
      .limit(1)
      .executeTakeFirst();
    return other !== undefined;
  }

  async function setNamed(trx: Kysely<Schema>, firmId: string, userId: number): Promise<boolean> {
    const row = await trx
      .updateTable("connections")
      .set({ administrator: 1 })
      .where("firm_id", "=", firmId)
      .where("user_id", "=", userId)
      .where("state", "=", "connected")
      .where("kid", "in", sealer.kids)
      .returning("user_id")
      .executeTakeFirst();
    return row !== undefined;
  }

  return {
    async roleOf(firmId, userId) {
      const row = await connectedAdministrators(db)
        .select("account_owner")
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .executeTakeFirst();
      return row ? roleOf(row) : null;
    },

    async listByFirm(firmId) {
      const rows = await db
        .selectFrom("connections")
        .select(["user_id", "account_owner"])
        .where("firm_id", "=", firmId)
        .where(({ or, eb }) => or([eb("administrator", "=", 1), eb("account_owner", "=", 1)]))
        .execute();
      return new Map(rows.map((row) => [row.user_id, roleOf(row)]));
    },

    async setAccountOwner(firmId, userId, isAccountOwner) {
      await db
        .updateTable("connections")
        .set({ account_owner: isAccountOwner ? 1 : 0 })
        .where("firm_id", "=", firmId)
        .where("user_id", "=", userId)
        .execute();
    },

    appointAdmitter(firmId, userId) {
      return serializableTransaction(db, async (trx) => {
        const admitted = await trx
          .selectFrom("firms")
          .select("id")
          .where("id", "=", firmId)
          .where("admitted_by", "=", userId)
          .executeTakeFirst();
        if (!admitted || (await anotherIsConnected(trx, firmId, userId))) return false;
        const before = await trx
          .selectFrom("connections")
          .select("administrator")
          .where("firm_id", "=", firmId)
          .where("user_id", "=", userId)
          .executeTakeFirst();
        return before?.administrator === 0 && setNamed(trx, firmId, userId);
      });
    },

    add(firmId, userId) {
      return setNamed(db, firmId, userId);
    },

    remove(firmId, userId) {
      // Serializable, so that two administrators can't remove each other at the same time.
      return serializableTransaction(db, async (trx) => {
        const user = await trx
          .selectFrom("connections")
          .select(["administrator", "account_owner"])
          .where("firm_id", "=", firmId)
          .where("user_id", "=", userId)
          .executeTakeFirst();
        if (!user || user.administrator === 0 || user.account_owner === 1) return "unchanged";
        if (!(await anotherIsConnected(trx, firmId, userId))) return "last";
        await trx
          .updateTable("connections")
          .set({ administrator: 0 })
          .where("firm_id", "=", firmId)
          .where("user_id", "=", userId)
          .execute();
        // Otherwise the user would get the role back as soon as no administrator is connected.
        await trx
          .updateTable("firms")
          .set({ admitted_by: null })
          .where("id", "=", firmId)
          .where("admitted_by", "=", userId)
          .execute();
        return "removed";
      });
    },

    async countByFirm() {
      const rows = await connectedAdministrators(acrossFirms(db, "counts for the operator's list of firms"))
        .select(({ fn }) => ["firm_id", fn.countAll().as("administrators")])
        .groupBy("firm_id")
        .execute();
      return new Map(rows.map(({ firm_id, administrators }) => [firm_id, Number(administrators)]));
    },
  };
}

function roleOf({ account_owner }: { account_owner: number }): AdministratorRole {
  return account_owner === 1 ? "account_owner" : "named";
}
