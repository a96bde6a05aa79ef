import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { calendarCases as calendars } from "../../sandbox/firms/example-calendars.ts";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { calendarEntry, type FirmCalendarEntry } from "../../sandbox/firms/firm-calendars.ts";
import type { CalendarChoice } from "../../src/store/repositories/absence-calendars.ts";
import { type MirroredOptions, mirroredService, until } from "../../testkit/mirror.ts";
import { storeOfOtherProcess } from "../../testkit/other-process.ts";

const FELIX = 350;
const FELIX_CALENDAR = 300350;
/** 8 in the morning in Los Angeles, where Felix is. */
const NOW = Date.parse("2026-05-31T15:00:00Z");
const HOUR_MS = 60 * 60_000;
const POLL_MS = 5 * 60_000;
const { vacation, court, meeting } = calendars.eventTypes;
const VACATIONS: CalendarChoice = {
  eventTypes: [{ id: vacation, name: "Vacation" }],
  includesAllDay: true,
  includesAttendees: false,
};

const time = (moment: number) => new Date(moment).toISOString().replace(".000Z", "Z");
const vacationEntry = (more: Partial<FirmCalendarEntry> = {}, id = 600_001) =>
  calendarEntry(id, FELIX_CALENDAR, {
    calendar_entry_event_type_id: vacation,
    start_at: time(NOW),
    end_at: time(NOW + 4 * HOUR_MS),
    ...more,
  });

async function setUp(choice: CalendarChoice | null = VACATIONS, options: MirroredOptions = {}) {
  const running = await mirroredService(options);
  const { sandbox, clock, ask } = running;
  const { absences, absenceCalendars, firms } = await storeOfOtherProcess(running.service);
  const firmId = (await firms.list())[0]?.id ?? "";
  if (choice) await absenceCalendars.choose(firmId, choice);
  const calendar = () => absenceCalendars.find(firmId);
  /** Lets the next poll happen. */
  const poll = async () => {
    const polls = sandbox.counts.get("/api/v4/users") ?? 0;
    clock.now += POLL_MS;
    await until(() => expect(sandbox.counts.get("/api/v4/users") ?? 0).toBeGreaterThan(polls));
    await until(async () => {
      const { text } = await supertest(running.service.url).get("/metrics");
      expect(text).toContain("clio_mirror_age_seconds 0");
      const chosen = await calendar();
      if (chosen) expect([chosen.readAt === clock.now, chosen.lastErrorCode !== null]).toContain(true);
    });
  };
  const route = async () => (await ask("/route-call", { caller_id: cases.janeDoe.phone })).body;
  const away = async () => (await route()).away;
  return { ...running, absences, absenceCalendars, firmId, calendar, poll, route, away };
}

const FELIX_IS_THERE = { transfer_to: "Felix Dubinsky", away: null };

describe("an entry of a chosen kind", () => {
  test("counts within one poll, for every process, and is gone one poll after it was deleted", async () => {
    const { sandbox, poll, route } = await setUp();
    await poll();
    expect(await route()).toMatchObject(FELIX_IS_THERE);
    sandbox.changes().addCalendarEntry(vacationEntry());
    await poll();
    expect(await route()).toMatchObject({
      found: true,
      data: { role: "responsible_attorney" },
      away: { name: "Felix Dubinsky", until: "2026-05-31T12:00:00-07:00" },
      message: expect.stringMatching(/^Felix Dubinsky is not available\./),
    });
    sandbox.changes().removeCalendarEntry(600_001);
    await poll();
    expect(await route()).toMatchObject(FELIX_IS_THERE);
  });

  test("begins and ends between two polls", async () => {
    const { sandbox, poll, away, clock } = await setUp();
    const start = NOW + POLL_MS + 60_000;
    sandbox
      .changes()
      .addCalendarEntry(vacationEntry({ start_at: time(start), end_at: time(start + 120_000) }));
    await poll();
    expect(await away()).toBeNull();
    clock.now = start;
    expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
    clock.now = start + 120_000;
    expect(await away()).toBeNull();
  });

  test("for whole days counts until midnight of its calendar's owner, long after the day is over in UTC", async () => {
    const { sandbox, poll, away, clock } = await setUp();
    sandbox.changes().addCalendarEntry(
      vacationEntry({
        all_day: true,
        start_at: "2026-05-31T00:00:00Z",
        end_at: "2026-06-01T00:00:00Z",
      }),
    );
    await poll();
    expect(await away()).toEqual({ name: "Felix Dubinsky", until: "2026-06-01T00:00:00-07:00" });
    clock.now = Date.parse("2026-06-01T06:50:00Z");
    await poll();
    expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
    await poll();
    expect(await away()).toBeNull();
  });

  test("that recurs counts each time", async () => {
    const { sandbox, poll, away, clock } = await setUp();
    sandbox.changes().addCalendarEntry(vacationEntry({ recurrence_rule: "RRULE:FREQ=DAILY;COUNT=3" }));
    await poll();
    expect(await away()).toEqual({ name: "Felix Dubinsky", until: "2026-05-31T12:00:00-07:00" });
    clock.now = NOW + 10 * HOUR_MS;
    expect(await away()).toBeNull();
    clock.now = NOW + 25 * HOUR_MS;
    expect(await away()).toEqual({ name: "Felix Dubinsky", until: "2026-06-01T12:00:00-07:00" });
  });

  test("leaves the stand-in that was entered for the same time", async () => {
    const { sandbox, poll, route, absences, firmId } = await setUp();
    const standIn = sandbox.firms[0]?.users.find(
      ({ id, enabled, phone_number }) => id > FELIX && enabled && phone_number,
    );
    await absences.add(firmId, {
      userId: FELIX,
      from: NOW,
      until: NOW + HOUR_MS,
      standInId: standIn?.id ?? 0,
      note: null,
    });
    sandbox.changes().addCalendarEntry(vacationEntry());
    await poll();
    expect(await route()).toMatchObject({
      transfer_to: standIn?.name,
      away: { until: "2026-05-31T12:00:00-07:00" },
    });
  });
});

test("attendees are away only if the firm chose so, and kinds that it didn't choose don't count", async () => {
  const running = await setUp({ ...VACATIONS, eventTypes: [{ id: court, name: "Court" }] });
  const { sandbox, poll, away, absenceCalendars, firmId } = running;
  sandbox.changes().addCalendarEntry(
    vacationEntry({
      calendar_owner_id: 300351,
      calendar_entry_event_type_id: court,
      attendees: [{ id: FELIX_CALENDAR, type: "Calendar" }],
    }),
  );
  sandbox.changes().addCalendarEntry(vacationEntry({}, 600_002));
  sandbox.changes().addCalendarEntry(vacationEntry({ calendar_entry_event_type_id: meeting }, 600_003));
  sandbox.changes().addCalendarEntry(vacationEntry({ calendar_entry_event_type_id: null }, 600_004));
  await poll();
  expect(await away()).toBeNull();
  await absenceCalendars.choose(firmId, {
    ...VACATIONS,
    eventTypes: [{ id: court, name: "Court" }],
    includesAttendees: true,
  });
  await poll();
  expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
  await absenceCalendars.remove(firmId);
  expect(await away()).toBeNull();
});

describe("a poll", () => {
  const NO_CALENDARS = {
    "/api/v4/users": 1,
    "/api/v4/contacts": 1,
    "/api/v4/matters": 1,
    "/api/v4/relationships": 1,
  };

  test("takes one request more with calendars, and none without", async () => {
    const running = await setUp(null);
    const { sandbox, poll, absenceCalendars, firmId } = running;
    sandbox.counts.clear();
    await poll();
    expect(Object.fromEntries(sandbox.counts)).toEqual(NO_CALENDARS);
    await absenceCalendars.choose(firmId, { ...VACATIONS, includesAttendees: true });
    for (let polls = 0; polls < 3; polls += 1) {
      sandbox.counts.clear();
      await poll();
      expect(Object.fromEntries(sandbox.counts)).toEqual({
        ...NO_CALENDARS,
        "/api/v4/calendar_entries": 1,
      });
    }
  });

  test("reads less far ahead if the entries don't fit on a page, so that the next ones take one request", async () => {
    const { sandbox, poll, calendar, away } = await setUp({ ...VACATIONS, includesAllDay: false });
    // 96 a day.
    for (let at = 0; at < 7 * 96; at += 1) {
      const start = NOW + (at * 24 * HOUR_MS) / 96;
      sandbox
        .changes()
        .addCalendarEntry(
          vacationEntry(
            { start_at: time(start), end_at: time(start + 60_000), calendar_entry_event_type_id: meeting },
            700_000 + at,
          ),
        );
    }
    sandbox.changes().addCalendarEntry(vacationEntry());
    await poll();
    expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
    expect((await calendar())?.entries?.horizonMs).toBeLessThan(2 * 24 * HOUR_MS);
    for (let polls = 0; polls < 3; polls += 1) {
      sandbox.counts.clear();
      await poll();
      expect(sandbox.counts.get("/api/v4/calendar_entries")).toBe(1);
    }
    expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
  });

  test("reads every page of entries that are all for now", async () => {
    const { sandbox, poll, away } = await setUp();
    for (let at = 0; at < 450; at += 1)
      sandbox
        .changes()
        .addCalendarEntry(vacationEntry({ calendar_entry_event_type_id: meeting }, 600_000 + at));
    sandbox.changes().addCalendarEntry(vacationEntry({}, 800_000));
    await poll();
    expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
  });

  test.each([
    ["a missing permission", "clio_permission"],
    ["a failing Clio", "clio_error"],
  ])("goes on with %s for calendars, which is noted, and keeps what was read", async (_, code) => {
    const { sandbox, service, poll, calendar, route, away } = await setUp();
    sandbox.changes().addCalendarEntry(vacationEntry());
    await poll();
    const felix = sandbox.firms[0]?.users.find(({ id }) => id === FELIX);
    if (code === "clio_permission") felix?.permissions.delete("calendars");
    else sandbox.fault({ path: /calendar_entries/, kind: "status", status: 500, times: 50 });
    sandbox.changes().removeCalendarEntry(600_001);
    sandbox.changes().contact(cases.janeDoe.contactId, { name: "Jane Roe", last_name: "Roe" });
    await poll();
    await until(async () => expect((await calendar())?.lastErrorCode).toBe(code));
    expect((await route()).data.contact.name).toBe("Jane Roe");
    expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
    await poll();
    const lines = service.logLines.filter((line) => line.includes('"step":"calendars"'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ msg: "mirror", code }]);

    felix?.permissions.add("calendars");
    sandbox.clearFaults();
    await poll();
    await until(async () => expect((await calendar())?.lastErrorCode).toBeNull());
    expect(await away()).toBeNull();
  });
});

test("a rate limit that calendars used up doesn't repeat the poll, and isn't logged", async () => {
  const { sandbox, service, poll, calendar } = await setUp();
  await poll();
  sandbox.fault({ path: /calendar_entries/, kind: "status", status: 429, retryAfter: 60, times: 50 });
  sandbox.counts.clear();
  await poll();
  await until(async () => expect((await calendar())?.lastErrorCode).toBe("clio_rate_limited"));
  expect(Object.fromEntries(sandbox.counts)).toMatchObject({ "/api/v4/users": 1, "/api/v4/contacts": 1 });
  expect(service.logLines.filter((line) => line.includes('"msg":"mirror"'))).toEqual([]);
});

test("a full sync finds out whose calendars the lookup account can't see", async () => {
  const { sandbox, calendar, poll, browser } = await setUp();
  await poll();
  expect((await calendar())?.entries?.hiddenUserIds).toEqual([]);
  const csrf = /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1];
  const fullSync = () => browser.post("/setup/read-again").type("form").send({ csrf });
  await fullSync();
  const { userId } = calendars.privateCalendar;
  await until(async () => expect((await calendar())?.entries?.hiddenUserIds).toEqual([userId]));
  // The polls know nothing newer.
  await poll();
  expect((await calendar())?.entries?.hiddenUserIds).toEqual([userId]);
  const [hidden] = (sandbox.firms[0]?.calendars ?? []).filter(({ owner_id }) => owner_id === userId);
  if (hidden) hidden.visible_to = null;
  await fullSync();
  await until(async () => expect((await calendar())?.entries?.hiddenUserIds).toEqual([]));
});

test("without a copy of the firm's data, nothing is polled, so calendars don't count", async () => {
  const { sandbox, poll, away, restart } = await setUp();
  sandbox.changes().addCalendarEntry(vacationEntry());
  await poll();
  expect(await away()).toMatchObject({ name: "Felix Dubinsky" });
  await restart({ DIRECTORY: "live" });
  expect(await away()).toBeNull();
});
