import type { AbsencePeriod } from "../calls/absence.ts";
import type { TimeZone } from "../runtime/time-zone.ts";

/** An absence as it is typed into the form of `/away`. Everything is text; an empty field counts as not filled in. */
export interface AbsenceFields {
  readonly person_id: string;
  /** `2026-11-27`. */
  readonly from_date: string;
  /** `09:00`; empty for the beginning of the day. */
  readonly from_time: string;
  /** The last day; empty if no end is known. */
  readonly until_date: string;
  /** Empty for the end of the day. */
  readonly until_time: string;
  readonly stand_in_id: string;
  readonly note: string;
}

export type AbsenceFieldErrors = Partial<Record<keyof AbsenceFields, string>>;

export type CheckedAbsence =
  | { readonly absence: AbsencePeriod & { readonly note: string | null }; readonly errors: null }
  | { readonly absence: null; readonly errors: AbsenceFieldErrors };

interface AbsenceRules {
  readonly timeZone: TimeZone;
  /** Users who can be away: those whose absences the user may enter. */
  readonly personIds: ReadonlySet<number>;
  /** Users who can be dialed. */
  readonly standInIds: ReadonlySet<number>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const MAX_NOTE_LENGTH = 200;
const DAY_MS = 24 * 60 * 60_000;
/** Further away is more likely a slip than a plan. */
const MAX_DISTANCE_MS = 3 * 366 * DAY_MS;

/**
 * Reads the form for an absence. A day without a time is the whole day, in the firm's time zone.
 * @returns the absence, or a sentence for each field that is missing or invalid
 */
export function checkAbsence(fields: AbsenceFields, rules: AbsenceRules): CheckedAbsence {
  const { timeZone, personIds, standInIds, now } = rules;
  const errors: AbsenceFieldErrors = {};
  const userId = idIn(fields.person_id, personIds);
  if (userId === null) errors.person_id = "Choose who is away.";

  const from = momentOf(fields.from_date, fields.from_time, "start", timeZone);
  if (fields.from_date === "") errors.from_date = "Enter the first day.";
  else if (from === null)
    errors.from_date = "This isn't a date and time. Enter them like 2026-11-27 and 09:00.";
  else if (Math.abs(from - now) > MAX_DISTANCE_MS)
    errors.from_date = "Enter a day within three years of today.";

  let until: number | null = null;
  if (fields.until_date !== "") {
    until = momentOf(fields.until_date, fields.until_time, "end", timeZone);
    if (until === null)
      errors.until_date = "This isn't a date and time. Enter them like 2026-11-27 and 17:00.";
    else if (from !== null && until <= from)
      errors.until_date = "The absence ends before it begins. Enter a later end.";
    else if (until <= now) errors.until_date = "This is in the past. Enter a later end.";
    else if (until - now > MAX_DISTANCE_MS) errors.until_date = "Enter a day within the next three years.";
  } else if (fields.until_time !== "") {
    errors.until_date = "Enter the last day, or clear the time if no end is known.";
  }

  const standInId = fields.stand_in_id === "" ? null : idIn(fields.stand_in_id, standInIds);
  if (fields.stand_in_id !== "" && standInId === null)
    errors.stand_in_id = "Choose someone who can be dialed.";
  else if (standInId !== null && standInId === userId)
    errors.stand_in_id = "People can't stand in for themselves. Choose someone else.";

  const note = fields.note.trim();
  if (note.length > MAX_NOTE_LENGTH) errors.note = `Enter at most ${MAX_NOTE_LENGTH} characters.`;

  if (userId === null || from === null || Object.keys(errors).length > 0) return { absence: null, errors };
  return { absence: { userId, from, until, standInId, note: note === "" ? null : note }, errors: null };
}

/** The form for an absence that exists. */
export function toAbsenceFields(
  { userId, from, until, standInId, note }: AbsencePeriod & { readonly note: string | null },
  timeZone: TimeZone,
): AbsenceFields {
  const start = timeZone.toLocal(from);
  const end = until === null ? "" : timeZone.toLocal(until);
  // Midnight is the end of the day before.
  const endsWithDay = end.endsWith("T00:00");
  const lastDay = until !== null && endsWithDay ? timeZone.toLocal(until - 1) : end;
  return {
    person_id: String(userId),
    from_date: start.slice(0, 10),
    from_time: start.endsWith("T00:00") ? "" : start.slice(11),
    until_date: lastDay.slice(0, 10),
    until_time: endsWithDay ? "" : end.slice(11),
    stand_in_id: standInId === null ? "" : String(standInId),
    note: note ?? "",
  };
}

function momentOf(date: string, time: string, edge: "start" | "end", timeZone: TimeZone): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  if (time !== "") return /^\d{2}:\d{2}$/.test(time) ? timeZone.toMoment(`${date}T${time}`) : null;
  return timeZone.toMoment(edge === "start" ? date : nextDay(date));
}

/** The day after a date; the date itself if there is no such day. */
export function nextDay(date: string): string {
  const day = Date.parse(`${date}T00:00Z`);
  const isDay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(date);
  return isDay ? new Date(day + DAY_MS).toISOString().slice(0, 10) : date;
}

function idIn(text: string, ids: ReadonlySet<number>): number | null {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return ids.has(id) ? id : null;
}
