import type { Kysely } from "kysely";
import { type AddedRule, type RuleValues, valuesOf } from "../../calls/transfer/added-rule.ts";
import type { AddedRuleRow, Schema } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import type { FirmKeys } from "./firm-keys.ts";
import { readableFirmCipher } from "./readable-firm-cipher.ts";

/** Which transfer rules of each firm were added to Upfirst, which can't be asked. Names and numbers are encrypted. */
export interface AddedRules {
  /** Without those that can't be decrypted. */
  listByFirm(firmId: string): Promise<AddedRule[]>;
  /** Adds a rule with the current time, or replaces the person's earlier one. Throws if the firm isn't admitted. */
  put(firmId: string, rule: Omit<AddedRule, "addedAt">): Promise<void>;
  remove(firmId: string, personId: number): Promise<void>;
}

/** @param now the clock, in milliseconds since 1970 */
export function createAddedRules(db: Kysely<Schema>, keys: FirmKeys, now: () => number): AddedRules {
  return {
    async listByFirm(firmId) {
      const rows = await db
        .selectFrom("added_rules")
        .selectAll()
        .where("firm_id", "=", firmId)
        .orderBy("user_id")
        .execute();
      if (rows.length === 0) return [];
      const cipher = await readableFirmCipher(keys, firmId);
      return cipher === null ? [] : rows.flatMap((row) => toAddedRule(row, cipher) ?? []);
    },

    async put(firmId, { personId, values, addedBy }) {
      const cipher = await keys.cipherFor(firmId);
      const sealed = cipher.encrypt(JSON.stringify(valuesOf(values)), addedRuleContext(personId));
      const row = { added_at: now(), added_by: addedBy, sealed };
      await db
        .insertInto("added_rules")
        .values({ firm_id: firmId, user_id: personId, ...row })
        .onConflict((conflict) => conflict.columns(["firm_id", "user_id"]).doUpdateSet(row))
        .execute();
    },

    async remove(firmId, personId) {
      await db
        .deleteFrom("added_rules")
        .where("firm_id", "=", firmId)
        .where("user_id", "=", personId)
        .execute();
    },
  };
}

function toAddedRule(row: AddedRuleRow, cipher: RecordCipher): AddedRule | null {
  try {
    // The cast is safe: only this file encrypts with this context.
    const values = JSON.parse(cipher.decrypt(row.sealed, addedRuleContext(row.user_id))) as RuleValues;
    return { personId: row.user_id, values, addedAt: row.added_at, addedBy: row.added_by };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return null;
  }
}

function addedRuleContext(personId: number): string {
  return `added rule:${personId}`;
}
