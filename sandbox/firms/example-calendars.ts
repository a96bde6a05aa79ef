import { formatClioTime } from "./clio-time.ts";
import type { Firm, FirmUser } from "./firm.ts";
import { calendarEntry, eventType, type FirmCalendar, userCalendar } from "./firm-calendars.ts";
import { startOfDay } from "./local-time.ts";

/** The example firm's calendars. A user's own calendar has the user's ID plus 300,000. */
export const calendarCases = {
  eventTypes: { vacation: 400001, court: 400002, meeting: 400003 },
  firmCalendarId: 300001,
  /** On vacation: an all-day entry from yesterday to three days from now. */
  onVacation: { userId: 355, calendarId: 300355, entryId: 500001 },
  /** In court from an hour ago until two hours from now. */
  inCourt: { userId: 352, calendarId: 300352, entryId: 500002 },
  /** In court tomorrow from 9 to 12. A colleague attends. */
  inCourtTomorrow: { userId: 353, calendarId: 300353, entryId: 500003, attendeeUserId: 356 },
  /** A meeting of the whole firm every week. Only the first 12 weeks. */
  teamMeeting: { entryId: 500004, occurrences: 12 },
  /** On vacation, according to a calendar that only its owner and one colleague may see. */
  privateCalendar: { userId: 357, calendarId: 300357, entryId: 500005, visibleTo: [351] },
  /** An entry tomorrow without a kind. */
  withoutKind: { userId: 350, calendarId: 300350, entryId: 500006 },
} as const;

const ZONE = "America/Los_Angeles";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Adds calendars and kinds of entry to the example firm, and entries before and after `nowMs`. */
export function addCalendars(firm: Firm, nowMs: number): void {
  const cases = calendarCases;
  const { vacation, court, meeting } = cases.eventTypes;
  const today = startOfDay(nowMs, ZONE);
  const tomorrow = startOfDay(today + 1.5 * DAY_MS, ZONE);
  const between = (startMs: number, endMs: number) => ({
    start_at: formatClioTime(startMs),
    end_at: formatClioTime(endMs),
  });
  /** Whole days, counted from today in the firm's time zone. */
  const days = (first: number, last: number) => {
    const date = new Date(today + 12 * HOUR_MS).toLocaleDateString("en-CA", { timeZone: ZONE });
    const midnight = Date.parse(`${date}T00:00:00Z`);
    return { all_day: true, ...between(midnight + first * DAY_MS, midnight + (last + 1) * DAY_MS) };
  };
  const lastHour = Math.floor(nowMs / HOUR_MS) * HOUR_MS - HOUR_MS;

  firm.calendar_entry_event_types = [
    eventType(vacation, "Vacation"),
    eventType(court, "Court"),
    eventType(meeting, "Meeting"),
  ];
  firm.calendars = [firmCalendar(firm.users), ...firm.users.map(calendarOf)];
  for (const user of firm.users) user.default_calendar_id = 300_000 + user.id;
  firm.calendar_entries = [
    calendarEntry(cases.onVacation.entryId, cases.onVacation.calendarId, {
      summary: "Vacation",
      calendar_entry_event_type_id: vacation,
      ...days(-1, 3),
    }),
    calendarEntry(cases.inCourt.entryId, cases.inCourt.calendarId, {
      summary: "Hearing",
      calendar_entry_event_type_id: court,
      matter_id: 1834592,
      ...between(lastHour, lastHour + 3 * HOUR_MS),
    }),
    calendarEntry(cases.inCourtTomorrow.entryId, cases.inCourtTomorrow.calendarId, {
      summary: "Trial",
      calendar_entry_event_type_id: court,
      attendees: [{ id: 300_000 + cases.inCourtTomorrow.attendeeUserId, type: "Calendar" }],
      ...between(tomorrow + 9 * HOUR_MS, tomorrow + 12 * HOUR_MS),
    }),
    calendarEntry(cases.teamMeeting.entryId, cases.firmCalendarId, {
      summary: "Team meeting",
      calendar_entry_event_type_id: meeting,
      recurrence_rule: `RRULE:FREQ=WEEKLY;COUNT=${cases.teamMeeting.occurrences}`,
      ...between(tomorrow + 8 * HOUR_MS, tomorrow + 8.5 * HOUR_MS),
    }),
    calendarEntry(cases.privateCalendar.entryId, cases.privateCalendar.calendarId, {
      summary: "Family trip",
      calendar_entry_event_type_id: vacation,
      ...days(0, 1),
    }),
    calendarEntry(cases.withoutKind.entryId, cases.withoutKind.calendarId, {
      summary: "Dentist",
      ...between(tomorrow + 14 * HOUR_MS, tomorrow + 15 * HOUR_MS),
    }),
  ];
}

function calendarOf(user: FirmUser): FirmCalendar {
  const { userId, visibleTo } = calendarCases.privateCalendar;
  return userCalendar(300_000 + user.id, user, user.id === userId ? [...visibleTo] : null);
}

function firmCalendar([first]: readonly FirmUser[]): FirmCalendar {
  const calendar = userCalendar(calendarCases.firmCalendarId, { id: first?.id ?? 0, name: "Firm" });
  return { ...calendar, type: "AccountCalendar", owner_id: null };
}
