import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CalendarUser, toCalendarAbsences } from "../../src/absences/calendar-absences.ts";
import type { CalendarEntry } from "../../src/clio/resources/calendar-entries.ts";
import { openTimeZone } from "../../src/runtime/time-zone.ts";
import type { CalendarChoice } from "../../src/store/repositories/absence-calendars.ts";

const VACATION = 7;
const COURT = 9;
const CHOICE: CalendarChoice = {
  eventTypes: [{ id: VACATION, name: "Vacation" }],
  includesAllDay: true,
  includesAttendees: false,
};
const user = (id: number, more: Partial<CalendarUser> = {}): CalendarUser => ({
  id,
  enabled: true,
  timeZone: "America/Los_Angeles",
  defaultCalendarId: id + 1000,
  ...more,
});
const FELIX = user(350);
const GRETA = user(351, { timeZone: "Australia/Sydney" });

const entry = (startAt: string, endAt: string, more: Partial<CalendarEntry> = {}): CalendarEntry => ({
  id: "1",
  startAt,
  endAt,
  allDay: false,
  calendarId: 1350,
  eventTypeId: VACATION,
  attendeeCalendarIds: [],
  ...more,
});
const allDay = (startAt: string, endAt: string, more: Partial<CalendarEntry> = {}) =>
  entry(startAt, endAt, { allDay: true, ...more });

const absencesBy = (entries: CalendarEntry[], choice: Partial<CalendarChoice> = {}, users = [FELIX, GRETA]) =>
  toCalendarAbsences(entries, { ...CHOICE, ...choice }, { users, defaultTimeZone: "America/New_York" }).map(
    ({ userId, from, until }) =>
      `${userId} ${new Date(from).toISOString().slice(0, 16)} ${new Date(until).toISOString().slice(0, 16)}`,
  );

const MORNING = entry("2026-11-27T17:00:00Z", "2026-11-27T20:00:00Z");
const FELIX_IN_THE_MORNING = "350 2026-11-27T17:00 2026-11-27T20:00";

describe("an entry counts", () => {
  test("for the calendar's owner", () => {
    expect(absencesBy([MORNING])).toEqual([FELIX_IN_THE_MORNING]);
  });

  test.each<[string, Partial<CalendarEntry>]>([
    ["of another kind", { eventTypeId: COURT }],
    ["without a kind", { eventTypeId: null }],
    ["on a calendar of no user", { calendarId: 999 }],
    ["on no calendar", { calendarId: null }],
    ["that ends before it begins", { endAt: "2026-11-27T16:00:00Z" }],
    ["whose time has no offset", { startAt: "2026-11-27T17:00:00" }],
    ["whose time isn't one", { endAt: "noon" }],
  ])("unless it is one %s", (_, more) => {
    expect(absencesBy([{ ...MORNING, ...more }])).toEqual([]);
    expect(absencesBy([{ ...MORNING, ...more, allDay: true, eventTypeId: COURT }])).toEqual([]);
  });

  test("for attendees only if the firm chose so, once for someone who is both", () => {
    const both = { ...MORNING, attendeeCalendarIds: [1351, 1350, 999] };
    expect(absencesBy([both])).toEqual([FELIX_IN_THE_MORNING]);
    expect(absencesBy([both], { includesAttendees: true })).toEqual([
      FELIX_IN_THE_MORNING,
      "351 2026-11-27T17:00 2026-11-27T20:00",
    ]);
    expect(absencesBy([{ ...both, calendarId: 999 }], { includesAttendees: true })).toHaveLength(2);
  });

  test("for several days only if the firm chose all-day entries", () => {
    const day = allDay("2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z");
    expect(absencesBy([day], { includesAllDay: false })).toEqual([]);
    expect(absencesBy([day, MORNING], { includesAllDay: false })).toEqual([FELIX_IN_THE_MORNING]);
  });

  test("not for a disabled user, and not for all users without a calendar", () => {
    expect(absencesBy([MORNING], {}, [user(350, { enabled: false })])).toEqual([]);
    expect(
      absencesBy([{ ...MORNING, calendarId: null }], {}, [user(350, { defaultCalendarId: null })]),
    ).toEqual([]);
    expect(absencesBy([MORNING], {}, [user(350, { enabled: null })])).toEqual([FELIX_IN_THE_MORNING]);
  });
});

describe("an all-day entry", () => {
  test.each<[string, string, string, string]>([
    ["to midnight UTC", "2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z", "2026-11-28T08:00"],
    ["of three days", "2026-11-27T00:00:00Z", "2026-11-30T00:00:00Z", "2026-11-30T08:00"],
    ["to the last second of the day", "2026-11-27T00:00:00Z", "2026-11-27T23:59:59Z", "2026-11-28T08:00"],
    ["to the same moment", "2026-11-27T00:00:00Z", "2026-11-27T00:00:00Z", "2026-11-28T08:00"],
    ["in the owner's zone", "2026-11-27T00:00:00-08:00", "2026-11-28T00:00:00-08:00", "2026-11-28T08:00"],
    ["in another zone", "2026-11-27T00:00:00+11:00", "2026-11-28T00:00:00+11:00", "2026-11-28T08:00"],
  ])("%s means the days of the calendar's owner", (_, startAt, endAt, until) => {
    expect(absencesBy([allDay(startAt, endAt)])).toEqual([`350 2026-11-27T08:00 ${until}`]);
  });

  test.each([
    ["the owner's zone", { timeZone: "Australia/Sydney" }, "2026-11-26T13:00"],
    ["the firm's, if Clio doesn't say", { timeZone: null }, "2026-11-27T05:00"],
    ["the firm's, if Clio's isn't one", { timeZone: "Mars/Olympus" }, "2026-11-27T05:00"],
  ])("begins at midnight in %s", (_, more, from) => {
    const day = allDay("2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z");
    expect(absencesBy([day], {}, [user(350, more)])[0]).toContain(`350 ${from}`);
  });

  test("of a calendar that is no user's means the days of each attendee, otherwise those of the owner", () => {
    const day = allDay("2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z", { attendeeCalendarIds: [1350, 1351] });
    expect(absencesBy([{ ...day, calendarId: 999 }], { includesAttendees: true })).toEqual([
      "350 2026-11-27T08:00 2026-11-28T08:00",
      "351 2026-11-26T13:00 2026-11-27T13:00",
    ]);
    expect(absencesBy([day], { includesAttendees: true })).toEqual([
      "350 2026-11-27T08:00 2026-11-28T08:00",
      "351 2026-11-27T08:00 2026-11-28T08:00",
    ]);
  });

  test("is an hour longer or shorter when the clocks change", () => {
    // In 2026, clocks in Los Angeles go forward on March 8 and back on November 1.
    expect(absencesBy([allDay("2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z")])).toEqual([
      "350 2026-03-08T08:00 2026-03-09T07:00",
    ]);
    expect(absencesBy([allDay("2026-11-01T00:00:00-07:00", "2026-11-02T00:00:00-08:00")])).toEqual([
      "350 2026-11-01T07:00 2026-11-02T08:00",
    ]);
  });
});

describe("properties", () => {
  const ZONES = [
    "America/Los_Angeles",
    "America/St_Johns",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    // Clocks go forward at midnight, so there are days without one.
    "Africa/Cairo",
  ];
  const zones = new Map(ZONES.map((name) => [name, openTimeZone(name)]));
  const HOUR_MS = 60 * 60_000;
  const DAY_MS = 24 * HOUR_MS;
  const dayArbitrary = fc.integer({ min: Date.UTC(2025, 0) / DAY_MS, max: Date.UTC(2028, 0) / DAY_MS });
  const clio = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

  test("an all-day entry covers exactly the local days it names, in every zone and through every clock change", () => {
    fc.assert(
      fc.property(
        dayArbitrary,
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(...ZONES),
        (first, days, timeZone) => {
          const zone = zones.get(timeZone)!;
          const [absence] = toCalendarAbsences(
            [allDay(clio(first * DAY_MS), clio((first + days) * DAY_MS))],
            CHOICE,
            { users: [user(350, { timeZone })], defaultTimeZone: "UTC" },
          );
          const localDay = (moment: number) => zone.toLocal(moment).slice(0, 10);
          const date = (day: number) => clio(day * DAY_MS).slice(0, 10);
          expect(localDay(absence!.from)).toBe(date(first));
          expect(localDay(absence!.from - 1)).toBe(date(first - 1));
          expect(localDay(absence!.until)).toBe(date(first + days));
          expect(localDay(absence!.until - 1)).toBe(date(first + days - 1));
        },
      ),
    );
  });

  test("an entry with times is the same moments in every zone, over midnight and through every clock change", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2025, 0) / 60_000, max: Date.UTC(2028, 0) / 60_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.constantFrom(...ZONES),
        (startMinute, minutes, timeZone) => {
          const from = startMinute * 60_000;
          const until = from + minutes * 60_000;
          // Written with the offset of a zone, as Clio may.
          const write = (moment: number) => zones.get(timeZone)!.format(moment);
          const absences = toCalendarAbsences([entry(write(from), write(until))], CHOICE, {
            users: [user(350, { timeZone })],
            defaultTimeZone: "UTC",
          });
          expect(absences).toEqual([{ userId: 350, from, until }]);
        },
      ),
    );
  });

  test("a moment is in the merged periods exactly if it is in one of the entries, and periods don't touch", () => {
    const start = Date.UTC(2026, 10, 27);
    const spans = fc.array(fc.tuple(fc.integer({ min: 0, max: 48 }), fc.integer({ min: 1, max: 12 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(spans, (hours) => {
        const entries = hours.map(([from, length]) =>
          entry(clio(start + from * HOUR_MS), clio(start + (from + length) * HOUR_MS)),
        );
        const absences = toCalendarAbsences(entries, CHOICE, { users: [FELIX], defaultTimeZone: "UTC" });
        for (let hour = 0; hour <= 61; hour += 1) {
          const moment = start + hour * HOUR_MS;
          const isIn = absences.some(({ from, until }) => from <= moment && moment < until);
          expect(isIn).toBe(hours.some(([from, length]) => from <= hour && hour < from + length));
        }
        for (const [at, { from }] of absences.entries())
          if (at > 0) expect(from).toBeGreaterThan(absences[at - 1]!.until);
      }),
    );
  });
});
