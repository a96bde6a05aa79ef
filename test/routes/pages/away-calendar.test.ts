import { describe, expect, test } from "vitest";
import { calendarCases } from "../../../sandbox/firms/example-calendars.ts";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { calendarEntry } from "../../../sandbox/firms/firm-calendars.ts";
import { mirroredService, until } from "../../../testkit/mirror.ts";
import { connectedService, connectUser } from "../../../testkit/service.ts";

const FELIX = 350;
const POLL_MS = 5 * 60_000;
const { vacation, court } = calendarCases.eventTypes;
const csrfOf = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";

async function setUp(firm = exampleFirm({ nowMs: Date.parse("2026-05-31T15:00:00Z") })) {
  const running = await mirroredService({ sandbox: { firms: [firm] } });
  const { browser, clock, sandbox } = running;
  const visit = async (path = "/away") => (await browser.get(path)).text;
  const choose = async (fields: object) =>
    browser
      .post("/away/calendar-kinds")
      .type("form")
      .send({ csrf: csrfOf(await visit()), ...fields });
  const addEntry = (changes: object = {}) => {
    const hour = (hours: number) => new Date(clock.now + hours * 3_600_000).toISOString();
    sandbox.changes().addCalendarEntry(
      calendarEntry(600_001, 300_000 + FELIX, {
        calendar_entry_event_type_id: court,
        start_at: hour(-1),
        end_at: hour(2),
        ...changes,
      }),
    );
  };
  const awayName = async () =>
    (await running.ask("/route-call", { caller_id: cases.janeDoe.phone })).body.away?.name ?? null;
  const poll = async () => {
    const users = () => sandbox.counts.get("/api/v4/users") ?? 0;
    const before = users();
    clock.now += POLL_MS;
    await until(() => expect(users()).toBeGreaterThan(before));
  };
  return { ...running, visit, choose, addEntry, awayName, poll };
}

describe("Clio's calendar", () => {
  test("isn't read until the firm chooses kinds of entry, and counts at once from then on", async () => {
    const { visit, choose, addEntry, awayName, poll, sandbox } = await setUp();
    addEntry();
    await poll();
    expect(await awayName()).toBeNull();
    expect([...sandbox.counts.keys()].filter((path) => path.includes("calendar"))).toEqual([]);

    const page = await visit("/away/calendar");
    for (const name of ["Vacation", "Court", "Meeting"]) expect(page).toContain(name);
    expect((await choose({ event_type: [String(court)] })).status).toBe(303);
    expect(await awayName()).toBe("Felix Dubinsky");
    expect(await visit()).toContain("Clio calendar");
    const chosen = await visit();
    expect(chosen).toContain("<li>Court</li>");
    expect(chosen).toContain("All-day entries don't count.");
    expect(chosen).toContain("up to 14 days ahead");
    const kinds = await visit("/away/calendar");
    expect(kinds).toContain(`value="${court}" checked`);
    expect(kinds).not.toContain(`value="${vacation}" checked`);
  });

  test("names the people whose calendar the lookup account can't see", async () => {
    const { choose, visit, sandbox } = await setUp();
    await choose({ event_type: String(vacation), all_day: "1" });
    const { userId } = calendarCases.privateCalendar;
    const name = sandbox.firms[0]?.users.find(({ id }) => id === userId)?.name ?? "";
    const page = await visit();
    expect(page.slice(page.indexOf("can't see the calendars"))).toContain(`<li>${name}</li>`);
    const onVacation = sandbox.firms[0]?.users.find(({ id }) => id === calendarCases.onVacation.userId)?.name;
    expect(page).toContain(`<strong>${onVacation}</strong> <span class="mark">Clio calendar</span>`);
  });

  test("no longer counts once no kind is chosen", async () => {
    const { choose, addEntry, awayName, visit } = await setUp();
    addEntry();
    await choose({ event_type: String(court) });
    expect(await awayName()).toBe("Felix Dubinsky");
    expect((await choose({})).status).toBe(303);
    expect(await awayName()).toBeNull();
    expect(await visit()).toContain("Choose kinds of entry");
    const history = await visit("/setup");
    expect(history).toContain(
      "chose which entries in Clio&#39;s calendar count as absences: Court; without all-day entries; only for the calendar&#39;s owner",
    );
    expect(history).toContain("stopped counting Clio&#39;s calendar");
  });

  test("without the permission, can't be chosen, and the page says what is missing", async () => {
    const { visit, choose, sandbox } = await setUp();
    const felix = sandbox.firms[0]?.users.find(({ id }) => id === FELIX);
    felix?.permissions.delete("calendars");
    expect(await visit("/away/calendar")).toContain("the permission Calendars (read)");
    const refused = await choose({ event_type: String(court) });
    expect(refused.status).toBe(503);
    expect(refused.text).toContain("the permission Calendars (read)");
    expect(refused.text).not.toContain("Stop counting");
    expect(await visit()).toContain("Choose kinds of entry");
    felix?.permissions.add("calendars");
    expect((await choose({ event_type: String(court) })).status).toBe(303);
    expect(await visit()).toContain("<li>Court</li>");
  });

  test("says when the permission was taken away, and that what was read still counts", async () => {
    const { visit, choose, poll, sandbox } = await setUp();
    await choose({ event_type: String(court) });
    sandbox.firms[0]?.users.find(({ id }) => id === FELIX)?.permissions.delete("calendars");
    await poll();
    await until(async () => expect(await visit()).toContain("Clio denied access to calendars."));
    expect(await visit()).toContain("Entries that were read before still count.");
    // Without Clio, it can still be turned off.
    expect((await choose({})).status).toBe(303);
    expect(await visit()).toContain("Choose kinds of entry");
  });

  test("refuses kinds that Clio doesn't have, and what isn't the ID of one", async () => {
    const { choose, visit } = await setUp();
    for (const event_type of ["999", "x", ["1", "x"]])
      expect((await choose({ event_type })).status, String(event_type)).toBe(400);
    expect(await visit()).toContain("Choose kinds of entry");
    await choose({ event_type: ["999", String(court)] });
    expect(await visit()).toContain("<li>Court</li>");
  });

  test("is for administrators to choose, and not offered without a copy", async () => {
    const { service, sandbox } = await setUp();
    const user = sandbox.firms[0]?.users.find(
      ({ id, enabled, account_owner }) => id !== FELIX && enabled && !account_owner,
    );
    const { browser } = await connectUser(service, { userId: user?.id ?? 0 });
    expect((await browser.get("/away")).text).not.toContain("/away/calendar");
    expect((await browser.get("/away/calendar")).status).toBe(403);
    const csrf = csrfOf((await browser.get("/away")).text);
    const chosen = await browser
      .post("/away/calendar-kinds")
      .type("form")
      .send({ csrf, event_type: String(court) });
    expect(chosen.status).toBe(403);

    const live = await connectedService({ userId: FELIX });
    const admin = await connectUser(live.service, { userId: FELIX });
    const page = (await admin.browser.get("/away")).text;
    expect(page).not.toContain("/away/calendar");
    expect(page).toContain("can't count as absences");
    expect((await admin.browser.get("/away/calendar")).headers.location).toBe("/away");
  });
});
