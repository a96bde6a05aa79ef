import type { CalendarEntry } from "../clio/resources/calendar-entries.ts";
import { openTimeZone, type TimeZone } from "../runtime/time-zone.ts";
import type {
  CalendarAbsence,
  CalendarChoice,
  CalendarOwner,
} from "../store/repositories/absence-calendars.ts";
import { nextDay } from "./absence-form.ts";

/**
 * The times at which users are away by entries of their calendars (docs/explanation/who-is-found.md#clios-calendar).
 * An all-day entry means its days in the time zone of the calendar's owner.
 * @param firmTimeZone for users whose own time zone isn't known
 */
export function calendarAbsences(
  entries: readonly CalendarEntry[],
  choice: CalendarChoice,
  owners: readonly CalendarOwner[],
  firmTimeZone: TimeZone,
): CalendarAbsence[] {
  const ownerOf = new Map(owners.map((owner) => [owner.calendarId, owner]));
  const zones = new Map<string, TimeZone>([[firmTimeZone.name, firmTimeZone]]);
  const zoneOf = ({ timeZone }: CalendarOwner): TimeZone => {
    const name = timeZone ?? firmTimeZone.name;
    const zone = zones.get(name) ?? openTimeZone(name);
    zones.set(name, zone);
    return zone;
  };

  const absences = new Map<string, CalendarAbsence>();
  for (const entry of entries) {
    if (entry.eventTypeId === null || !choice.eventTypeIds.includes(entry.eventTypeId)) continue;
    if (entry.allDay && !choice.includesAllDay) continue;
    const owner = entry.calendarId === null ? undefined : ownerOf.get(entry.calendarId);
    const attendees = choice.includesAttendees ? entry.attendeeCalendarIds : [];
    // Whose days an entry of a calendar without an owner means, such as the firm's, only the attendees can say.
    for (const person of new Set([owner, ...attendees.map((id) => ownerOf.get(id))])) {
      const span = person && spanOf(entry, zoneOf(owner ?? person));
      if (!span) continue;
      const absence = { userId: person.userId, ...span };
      absences.set(JSON.stringify(absence), absence);
    }
  }
  return [...absences.values()].toSorted(
    (one, other) => one.from - other.from || one.userId - other.userId || one.until - other.until,
  );
}

/** Null for an entry that takes no time, or whose times can't be read. */
function spanOf(
  { startAt, endAt, allDay }: CalendarEntry,
  zone: TimeZone,
): Pick<CalendarAbsence, "from" | "until"> | null {
  if (!allDay) return validSpan(Date.parse(startAt), Date.parse(endAt));
  const [first, end] = [startAt.slice(0, 10), endAt.slice(0, 10)];
  return validSpan(
    zone.toMoment(first) ?? Number.NaN,
    // An entry of one day may end on the day on which it begins.
    zone.toMoment(end > first ? end : nextDay(first)) ?? Number.NaN,
  );
}

function validSpan(from: number, until: number): Pick<CalendarAbsence, "from" | "until"> | null {
  return from < until ? { from, until } : null;
}
