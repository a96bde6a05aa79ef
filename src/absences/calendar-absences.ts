import type { CalendarEntry } from "../clio/resources/calendar-entries.ts";
import type { FirmUser } from "../clio/resources/users.ts";
import { isTimeZone, openTimeZone, type TimeZone } from "../runtime/time-zone.ts";
import type { CalendarAbsence, CalendarChoice } from "../store/repositories/absence-calendars.ts";

/** A user of the firm with their calendar. */
export type CalendarUser = Pick<FirmUser, "id" | "enabled" | "timeZone" | "defaultCalendarId">;

/** Whose calendars a firm has. */
export interface CalendarPeople {
  readonly users: readonly CalendarUser[];
  /** The time zone of calendars whose owner has none, an IANA name. */
  readonly defaultTimeZone: string;
}

type Span = Pick<CalendarAbsence, "from" | "until">;

const DAY_MS = 24 * 60 * 60_000;

/**
 * Who is away by the entries of the firm's calendars (docs/explanation/who-is-found.md, "Clio's calendar"). Disabled users
 * are left out, and periods of one user that overlap or follow each other are one.
 */
export function toCalendarAbsences(
  entries: readonly CalendarEntry[],
  { eventTypes, includesAllDay, includesAttendees }: CalendarChoice,
  { users, defaultTimeZone }: CalendarPeople,
): CalendarAbsence[] {
  const owners = new Map(users.map((user) => [user.defaultCalendarId, user]));
  owners.delete(null);
  const eventTypeIds = new Set(eventTypes.map(({ id }) => id));
  const zones = new Map<string, TimeZone>();
  const zoneOf = ({ timeZone }: CalendarUser): TimeZone => {
    const name = timeZone !== null && isTimeZone(timeZone) ? timeZone : defaultTimeZone;
    const zone = zones.get(name) ?? openTimeZone(name);
    zones.set(name, zone);
    return zone;
  };
  const absences = entries.flatMap((entry) => {
    const { eventTypeId, allDay, calendarId, attendeeCalendarIds } = entry;
    if (eventTypeId === null || !eventTypeIds.has(eventTypeId) || (allDay && !includesAllDay)) return [];
    const owner = owners.get(calendarId);
    const attendees = includesAttendees ? attendeeCalendarIds.map((id) => owners.get(id)) : [];
    return [owner, ...attendees].flatMap((user) => {
      if (!user || user.enabled === false) return [];
      // An entry of a calendar that is no user's, such as the firm's, means the days of each attendee.
      const span = allDay ? daysOf(entry, zoneOf(owner ?? user)) : timesOf(entry);
      return span === null ? [] : [{ userId: user.id, ...span }];
    });
  });
  return mergePeriods(absences);
}

/** Of an all-day entry, only the first date and the number of days count: Clio doesn't publish in which time zone it begins. */
function daysOf({ startAt, endAt }: CalendarEntry, zone: TimeZone): Span | null {
  const days = Math.max(1, Math.round((momentOf(endAt) - momentOf(startAt)) / DAY_MS));
  if (Number.isNaN(days)) return null;
  const firstDay = startAt.slice(0, 10);
  const nextDay = new Date(Date.parse(`${firstDay}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
  const from = zone.toMoment(firstDay);
  const until = zone.toMoment(nextDay);
  return from === null || until === null ? null : { from, until };
}

function timesOf({ startAt, endAt }: CalendarEntry): Span | null {
  const from = momentOf(startAt);
  const until = momentOf(endAt);
  return from < until ? { from, until } : null;
}

/** `NaN` for a time without an offset, which could be anywhere. */
function momentOf(time: string): number {
  return /T.*(Z|[+-]\d{2}:?\d{2})$/.test(time) ? Date.parse(time) : Number.NaN;
}

function mergePeriods(absences: readonly CalendarAbsence[]): CalendarAbsence[] {
  const merged: CalendarAbsence[] = [];
  for (const absence of absences.toSorted(
    (one, other) => one.userId - other.userId || one.from - other.from,
  )) {
    const last = merged.at(-1);
    if (last && last.userId === absence.userId && absence.from <= last.until)
      merged[merged.length - 1] = { ...last, until: Math.max(last.until, absence.until) };
    else merged.push(absence);
  }
  return merged;
}
