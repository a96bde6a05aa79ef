import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { AbsencePeriod } from "../../calls/absence.ts";
import type { AbsenceRow, Schema } from "../db/schema.ts";
import { acrossFirms } from "../db/tenant-guard.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import { renewAbsencesRevision } from "./absences-revision.ts";
import type { FirmKeys } from "./firm-keys.ts";
import { requestErasure } from "./pending-erasures.ts";
import { readableFirmCipher } from "./readable-firm-cipher.ts";

/** An absence as it was entered. */
export interface EnteredAbsence extends AbsencePeriod {
  readonly id: string;
  /** For colleagues; null if there is none. */
  readonly note: string | null;
}

/** The absences that each firm's users have entered. Who, when and why is encrypted with the firm's data key. */
export interface Absences {
  /** A firm's absences, those that begin first first. Without those that can't be decrypted. */
  listByFirm(firmId: string): Promise<EnteredAbsence[]>;
  /** Returns the ID. Throws if the firm isn't admitted. */
  add(firmId: string, absence: Omit<EnteredAbsence, "id">): Promise<string>;
  /** Has no effect if the absence was removed. */
  update(firmId: string, absence: EnteredAbsence): Promise<void>;
  remove(firmId: string, id: string): Promise<void>;
  /** Changes with every change to what `AbsencesAndCalendars` returns; 0 if there never was one. */
  revision(firmId: string): Promise<number>;
  /**
   * Deletes absences of all firms that ended before a time, at most a number of them.
   *
   * @param at milliseconds since 1970
   * @returns whether there may be more
   */
  deleteEndedBefore(at: number, limit: number): Promise<boolean>;
}

/** The encrypted part. */
type SealedFields = Omit<EnteredAbsence, "id">;

/** @param now the clock, in milliseconds since 1970 */
export function createAbsences(db: Kysely<Schema>, keys: FirmKeys, now: () => number): Absences {
  /** In the transaction of a change: a note may be about someone's health, so what it was before mustn't stay in files. */
  async function concludeChange(trx: Kysely<Schema>, firmId: string): Promise<void> {
    await renewAbsencesRevision(trx, firmId);
    await requestErasure(trx, now);
  }

  async function seal(firmId: string, id: string, { userId, from, until, standInId, note }: SealedFields) {
    const cipher = await keys.cipherFor(firmId);
    const fields: SealedFields = { userId, from, until, standInId, note };
    return cipher.encrypt(JSON.stringify(fields), absenceContext(id));
  }

  return {
    async listByFirm(firmId) {
      const rows = await db.selectFrom("absences").selectAll().where("firm_id", "=", firmId).execute();
      if (rows.length === 0) return [];
      const cipher = await readableFirmCipher(keys, firmId);
      if (cipher === null) return [];
      return rows
        .flatMap((row) => toAbsence(row, cipher) ?? [])
        .toSorted((one, other) => one.from - other.from || one.id.localeCompare(other.id));
    },

    async add(firmId, absence) {
      const id = randomBytes(8).toString("hex");
      const sealed = await seal(firmId, id, absence);
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto("absences")
          .values({ id, firm_id: firmId, until: absence.until, sealed })
          .execute();
        await renewAbsencesRevision(trx, firmId);
      });
      return id;
    },

    async update(firmId, absence) {
      const sealed = await seal(firmId, absence.id, absence);
      await db.transaction().execute(async (trx) => {
        await trx
          .updateTable("absences")
          .set({ until: absence.until, sealed })
          .where("firm_id", "=", firmId)
          .where("id", "=", absence.id)
          .execute();
        await concludeChange(trx, firmId);
      });
    },

    async remove(firmId, id) {
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom("absences").where("firm_id", "=", firmId).where("id", "=", id).execute();
        await concludeChange(trx, firmId);
      });
    },

    async revision(firmId) {
      const row = await db
        .selectFrom("firms")
        .select("absences_revision")
        .where("id", "=", firmId)
        .executeTakeFirst();
      return row?.absences_revision ?? 0;
    },

    async deleteEndedBefore(at, limit) {
      const unguarded = acrossFirms(db, "absences of every firm are kept equally long");
      const ended = unguarded.selectFrom("absences").select("id").where("until", "<", at).limit(limit);
      const { numDeletedRows } = await unguarded
        .deleteFrom("absences")
        .where("id", "in", ended)
        .executeTakeFirstOrThrow();
      if (numDeletedRows > 0) await requestErasure(db, now);
      return Number(numDeletedRows) === limit;
    },
  };
}

function toAbsence({ id, sealed }: AbsenceRow, cipher: RecordCipher): EnteredAbsence | null {
  try {
    // The cast is safe: only this file encrypts with this context.
    return { id, ...(JSON.parse(cipher.decrypt(sealed, absenceContext(id))) as SealedFields) };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return null;
  }
}

function absenceContext(id: string): string {
  return `absence:${id}`;
}
