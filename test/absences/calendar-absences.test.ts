import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calendarAbsences } from "../../src/absences/calendar-absences.ts";
import type { CalendarEntry } from "../../src/clio/resources/calendar-entries.ts";
import { openTimeZone } from "../../src/runtime/time-zone.ts";

const FIRM = openTimeZone("America/Chicago");
const OWNERS = [
  { calendarId: 1, userId: 350, timeZone: "America/Los_Angeles" },
  { calendarId: 2, userId: 351, timeZone: "America/New_York" },
  { calendarId: 3, userId: 352, timeZone: null },
];
const CHOICE = { eventTypeIds: [7], includesAllDay: true, includesAttendees: false };

const entry = (changes: Partial<CalendarEntry> = {}): CalendarEntry => ({
  id: "1",
  startAt: "2026-11-27T17:00:00Z",
  endAt: "2026-11-27T19:00:00Z",
  allDay: false,
  calendarId: 1,
  eventTypeId: 7,
  attendeeCalendarIds: [],
  ...changes,
});
const allDay = (first: string, end: string, changes: Partial<CalendarEntry> = {}) =>
  entry({ allDay: true, startAt: `${first}T00:00:00Z`, endAt: `${end}T00:00:00Z`, ...changes });

const read = (entries: readonly CalendarEntry[], choice = CHOICE) =>
  calendarAbsences(entries, choice, OWNERS, FIRM).map(
    ({ userId, from, until }) =>
      `${userId}: ${new Date(from).toISOString()} ${new Date(until).toISOString()}`,
  );

describe("who is away by a calendar entry, and when", () => {
  test.each<[what: string, entries: CalendarEntry[], expected: string[], choice?: typeof CHOICE]>([
    ["its owner, at its times", [entry()], ["350: 2026-11-27T17:00:00.000Z 2026-11-27T19:00:00.000Z"]],
    ["no one by an entry of another kind", [entry({ eventTypeId: 8 }), entry({ eventTypeId: null })], []],
    [
      "no one by a calendar that isn't a user's",
      [entry({ calendarId: 99 }), entry({ calendarId: null })],
      [],
    ],
    [
      "all day, in the owner's time zone",
      [allDay("2026-11-27", "2026-11-28"), allDay("2026-11-27", "2026-11-28", { calendarId: 2 })],
      [
        "351: 2026-11-27T05:00:00.000Z 2026-11-28T05:00:00.000Z",
        "350: 2026-11-27T08:00:00.000Z 2026-11-28T08:00:00.000Z",
      ],
    ],
    [
      "all day, in the firm's time zone if the owner's isn't known",
      [allDay("2026-11-27", "2026-11-28", { calendarId: 3 })],
      ["352: 2026-11-27T06:00:00.000Z 2026-11-28T06:00:00.000Z"],
    ],
    [
      "on a day of 25 hours",
      [allDay("2026-11-01", "2026-11-02")],
      ["350: 2026-11-01T07:00:00.000Z 2026-11-02T08:00:00.000Z"],
    ],
    [
      "on the day itself if an all-day entry ends on the day on which it begins",
      [allDay("2026-11-27", "2026-11-27")],
      ["350: 2026-11-27T08:00:00.000Z 2026-11-28T08:00:00.000Z"],
    ],
    [
      "no one by all-day entries if they don't count",
      [allDay("2026-11-27", "2026-11-28")],
      [],
      { ...CHOICE, includesAllDay: false },
    ],
    [
      "attendees don't count",
      [entry({ attendeeCalendarIds: [2] })],
      ["350: 2026-11-27T17:00:00.000Z 2026-11-27T19:00:00.000Z"],
    ],
    [
      "attendees too, if the firm says so",
      [entry({ attendeeCalendarIds: [2, 99, 1] }), entry({ calendarId: 99, attendeeCalendarIds: [3] })],
      [350, 351, 352].map((id) => `${id}: 2026-11-27T17:00:00.000Z 2026-11-27T19:00:00.000Z`),
      { ...CHOICE, includesAttendees: true },
    ],
    [
      "each time once",
      [entry(), entry({ id: "2" })],
      ["350: 2026-11-27T17:00:00.000Z 2026-11-27T19:00:00.000Z"],
    ],
    [
      "no one by an entry without a length, or with times that can't be read",
      [entry({ endAt: entry().startAt }), entry({ startAt: "soon" }), allDay("soon", "later")],
      [],
    ],
  ])("%s", (_, entries, expected, choice) => {
    expect(read(entries, choice)).toEqual(expected);
  });

  test("an all-day entry begins and ends at midnight of its owner, whatever the date", () => {
    const day = fc
      .date({ min: new Date("2024-01-01T00:00Z"), max: new Date("2030-01-01T00:00Z"), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 20 }), fc.constantFrom(...OWNERS), (first, days, owner) => {
        const end = new Date(Date.parse(first) + days * 86_400_000).toISOString().slice(0, 10);
        const [absence] = calendarAbsences(
          [allDay(first, end, { calendarId: owner.calendarId })],
          CHOICE,
          OWNERS,
          FIRM,
        );
        const zone = openTimeZone(owner.timeZone ?? FIRM.name);
        expect(zone.toLocal(absence?.from ?? 0)).toBe(`${first}T00:00`);
        expect(zone.toLocal(absence?.until ?? 0)).toBe(`${end}T00:00`);
      }),
    );
  });
});
