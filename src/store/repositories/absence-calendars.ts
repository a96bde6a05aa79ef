import type { Kysely } from "kysely";
import type { AbsenceCalendarRow, Schema } from "../db/schema.ts";
import type { RecordCipher } from "../encryption/record-cipher.ts";
import { SealError } from "../encryption/seal-error.ts";
import { renewAbsencesRevision } from "./absences-revision.ts";
import type { FirmKeys } from "./firm-keys.ts";
import { readableFirmCipher } from "./readable-firm-cipher.ts";

/** Which entries of a firm's calendars in Clio mean that someone is away. */
export interface CalendarChoice {
  /** The kinds of entry that count, with their names when they were chosen. */
  readonly eventTypes: readonly { readonly id: number; readonly name: string }[];
  /** Whether all-day entries of these kinds count, or only those with times. */
  readonly includesAllDay: boolean;
  /** Whether an entry counts for the users who attend it too, or only for the calendar's owner. */
  readonly includesAttendees: boolean;
}

/** A time at which a user is away by their calendar. Moments are milliseconds since 1970. */
export interface CalendarAbsence {
  readonly userId: number;
  readonly from: number;
  readonly until: number;
}

/** What was last read from a firm's calendars. */
export interface CalendarEntries {
  readonly absences: readonly CalendarAbsence[];
  /** Users whose calendar the lookup account can't see. */
  readonly hiddenUserIds: readonly number[];
  /** How far ahead to read the next time, in milliseconds: less for a firm with many entries. */
  readonly horizonMs: number;
}

export interface AbsenceCalendar {
  readonly choice: CalendarChoice;
  /** Null until the calendars were read. */
  readonly entries: CalendarEntries | null;
  /** When they were last read, in milliseconds since 1970; null before that. */
  readonly readAt: number | null;
  /** The error code of the last reading; null if it succeeded. */
  readonly lastErrorCode: string | null;
}

/** The calendars in Clio that count as absences, for firms that chose so. Encrypted with the firm's data key. */
export interface AbsenceCalendars {
  /** Returns null if the firm's calendars don't count, or what it chose can't be decrypted. */
  find(firmId: string): Promise<AbsenceCalendar | null>;
  /** What was read for another choice is deleted. Throws if the firm isn't admitted. */
  choose(firmId: string, choice: CalendarChoice): Promise<void>;
  /** The firm's calendars no longer count. */
  remove(firmId: string): Promise<void>;
  /** Records what was read for a choice. Has no effect if the firm has changed it meanwhile. */
  recordEntries(firmId: string, choice: CalendarChoice, entries: CalendarEntries, at: number): Promise<void>;
  /** Records that a reading failed. What was read before stays. */
  recordError(firmId: string, code: string): Promise<void>;
}

export function createAbsenceCalendars(db: Kysely<Schema>, keys: FirmKeys): AbsenceCalendars {
  async function findRow(firmId: string) {
    return db.selectFrom("absence_calendars").selectAll().where("firm_id", "=", firmId).executeTakeFirst();
  }

  async function find(firmId: string): Promise<AbsenceCalendar | null> {
    const row = await findRow(firmId);
    const cipher = row && (await readableFirmCipher(keys, firmId));
    return cipher ? toCalendar(row, cipher) : null;
  }

  return {
    find,

    async choose(firmId, choice) {
      const cipher = await keys.cipherFor(firmId);
      const values = {
        sealed_choice: cipher.encrypt(JSON.stringify(choice), CHOICE_CONTEXT),
        sealed_entries: null,
        read_at: null,
        trouble: null,
      };
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto("absence_calendars")
          .values({ firm_id: firmId, ...values })
          .onConflict((conflict) => conflict.column("firm_id").doUpdateSet(values))
          .execute();
        await renewAbsencesRevision(trx, firmId);
      });
    },

    async remove(firmId) {
      await db.transaction().execute(async (trx) => {
        await trx.deleteFrom("absence_calendars").where("firm_id", "=", firmId).execute();
        await renewAbsencesRevision(trx, firmId);
      });
    },

    async recordEntries(firmId, choice, entries, at) {
      const row = await findRow(firmId);
      const cipher = await keys.cipherFor(firmId);
      const current = row && toCalendar(row, cipher);
      if (!current || JSON.stringify(current.choice) !== JSON.stringify(choice)) return;
      // Most readings find nothing new, and then no process has to load anything again.
      const isChanged = JSON.stringify(current.entries) !== JSON.stringify(entries);
      await db.transaction().execute(async (trx) => {
        await trx
          .updateTable("absence_calendars")
          .set({
            read_at: at,
            trouble: null,
            ...(isChanged && {
              sealed_entries: cipher.encrypt(JSON.stringify(entries), ENTRIES_CONTEXT),
            }),
          })
          .where("firm_id", "=", firmId)
          .where("sealed_choice", "=", row.sealed_choice)
          .execute();
        if (isChanged) await renewAbsencesRevision(trx, firmId);
      });
    },

    async recordError(firmId, code) {
      await db
        .updateTable("absence_calendars")
        .set({ trouble: code })
        .where("firm_id", "=", firmId)
        .execute();
    },
  };
}

// A firm has one row, and its key encrypts nothing of another firm.
const CHOICE_CONTEXT = "absence calendar: choice";
const ENTRIES_CONTEXT = "absence calendar: entries";

function toCalendar(row: AbsenceCalendarRow, cipher: RecordCipher): AbsenceCalendar | null {
  try {
    // The casts are safe: only this file encrypts with these contexts.
    const open = (sealed: string, context: string): unknown => JSON.parse(cipher.decrypt(sealed, context));
    return {
      choice: open(row.sealed_choice, CHOICE_CONTEXT) as CalendarChoice,
      entries:
        row.sealed_entries === null ? null : (open(row.sealed_entries, ENTRIES_CONTEXT) as CalendarEntries),
      readAt: row.read_at,
      lastErrorCode: row.trouble,
    };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return null;
  }
}
