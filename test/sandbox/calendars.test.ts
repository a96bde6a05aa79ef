import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calendarCases as cases } from "../../sandbox/firms/example-calendars.ts";
import { exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { PERMISSIONS, user } from "../../sandbox/firms/firm.ts";
import { calendarEntry } from "../../sandbox/firms/firm-calendars.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, apiOf } from "./client.ts";

const WITHOUT_PERMISSION = 399;
/** Monday, 9:30 a.m. in San Francisco. */
const NOW = Date.parse("2026-06-01T16:30:00Z");

let sandbox: Sandbox;
let get: ReturnType<typeof apiOf>;
let now = NOW;

beforeEach(async () => {
  now = NOW;
  const firm = exampleFirm({ nowMs: NOW });
  const granted = PERMISSIONS.filter((each) => each !== "calendars");
  firm.users.push(user(WITHOUT_PERMISSION, "Sid Small", { permissions: new Set(granted) }));
  sandbox = await startSandbox({
    firms: [firm],
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now: () => now,
  });
  get = apiOf(sandbox);
});
afterEach(() => sandbox.close());

const ids = (answer: Answer): unknown[] => answer.body.data.map(({ id }: { id: unknown }) => id);
const entryId = ({ entryId }: { entryId: number }) => String(entryId);
const allDay = [cases.onVacation, cases.privateCalendar];

describe("calendars", () => {
  test("are those that the user may see", async () => {
    const { data } = (await get("calendars?fields=id,name,type,permission,creator{id}&limit=200")).body;
    expect(data).toContainEqual({
      id: 300350,
      name: "Felix Dubinsky",
      type: "UserCalendar",
      permission: "owner",
      creator: { id: 350 },
    });
    expect(data).toContainEqual({
      id: cases.firmCalendarId,
      name: "Firm",
      type: "AccountCalendar",
      permission: "viewer",
      creator: null,
    });
    const { calendarId, userId, visibleTo } = cases.privateCalendar;
    expect(ids(await get("calendars"))).not.toContain(calendarId);
    for (const each of [userId, ...visibleTo]) {
      expect(ids(await apiOf(sandbox, each)("calendars"))).toContain(calendarId);
    }
    expect(ids(await get("calendars?owner=true"))).toEqual([300350]);
    expect(ids(await get("calendars?type=AccountCalendar"))).toEqual([cases.firmCalendarId]);
    expect(ids(await get("calendars?filter_inactive_users=true"))).not.toContain(300358);
  });

  test("a user has a time zone and a calendar", async () => {
    const { data } = (await get("users/352?fields=time_zone,default_calendar_id")).body;
    expect(data).toEqual({ time_zone: "America/Los_Angeles", default_calendar_id: 300352 });
  });

  test("the kinds of entry are the firm's own", async () => {
    const { data } = (await get("calendar_entry_event_types?fields=id,name,color")).body;
    expect(data).toMatchObject([
      { id: cases.eventTypes.vacation, name: "Vacation" },
      { id: cases.eventTypes.court, name: "Court" },
      { id: cases.eventTypes.meeting, name: "Meeting" },
    ]);
  });

  test("a missing permission gets 403", async () => {
    for (const path of ["calendars", "calendar_entries", "calendar_entry_event_types"]) {
      expect((await apiOf(sandbox, WITHOUT_PERMISSION)(path)).status).toBe(403);
    }
  });
});

describe("calendar entries", () => {
  test("have Clio's fields, and text as ID", async () => {
    const { data } = (
      await get(
        `calendar_entries/${cases.inCourtTomorrow.entryId}?fields=id,summary,start_at,end_at,all_day,calendar_owner_id,calendar_owner{id,name,type},calendar_entry_event_type{id,name},attendees{id,type,name}`,
      )
    ).body;
    expect(data).toEqual({
      id: String(cases.inCourtTomorrow.entryId),
      summary: "Trial",
      start_at: "2026-06-02T16:00:00Z",
      end_at: "2026-06-02T19:00:00Z",
      all_day: false,
      calendar_owner_id: cases.inCourtTomorrow.calendarId,
      calendar_owner: { id: cases.inCourtTomorrow.calendarId, name: "Priya Raman", type: "UserCalendar" },
      calendar_entry_event_type: { id: cases.eventTypes.court, name: "Court" },
      attendees: [{ id: 300356, type: "Calendar", name: "Kwame Mensah" }],
    });
  });

  test("are of calendars that the user may see", async () => {
    const hidden = entryId(cases.privateCalendar);
    expect(ids(await get("calendar_entries"))).not.toContain(hidden);
    expect((await get(`calendar_entries/${hidden}`)).status).toBe(404);
    expect(ids(await apiOf(sandbox, 351)("calendar_entries"))).toContain(hidden);
  });

  test("are limited to a range of time", async () => {
    const between = async (from: string, to: string) =>
      ids(await get(`calendar_entries?expanded=true&from=${from}&to=${to}`));
    // The vacation, and the hearing from 8 to 11 a.m.
    expect(await between("2026-06-01T16:30:00Z", "2026-06-01T16:31:00Z")).toEqual([
      entryId(cases.onVacation),
      entryId(cases.inCourt),
    ]);
    // Ends on or after `from`, begins on or before `to`.
    expect(await between("2026-06-01T18:00:00Z", "2026-06-02T00:00:00Z")).toContain(entryId(cases.inCourt));
    expect(await between("2026-06-01T18:00:01Z", "2026-06-02T00:00:00Z")).not.toContain(
      entryId(cases.inCourt),
    );
    expect(await between("2026-05-01T00:00:00Z", "2026-06-01T15:00:00Z")).toContain(entryId(cases.inCourt));
    expect(await between("2026-05-01T00:00:00Z", "2026-06-01T14:59:59Z")).not.toContain(
      entryId(cases.inCourt),
    );
  });

  test("can be filtered by calendar, whole days and change", async () => {
    expect(ids(await get(`calendar_entries?calendar_id=${cases.inCourt.calendarId}`))).toEqual([
      entryId(cases.inCourt),
    ]);
    // An attendee's calendar has the entry too.
    expect(ids(await get("calendar_entries?calendar_id=300356"))).toEqual([entryId(cases.inCourtTomorrow)]);
    expect(ids(await apiOf(sandbox, 351)("calendar_entries?is_all_day=true"))).toEqual(allDay.map(entryId));
    expect(ids(await get("calendar_entries?updated_since=2026-06-01T00:00:00Z"))).toEqual([]);
    sandbox.changes().calendarEntry(cases.inCourt.entryId, { summary: "Adjourned" });
    expect(ids(await get("calendar_entries?updated_since=2026-06-01T00:00:00Z"))).toEqual([
      entryId(cases.inCourt),
    ]);
  });

  test("an unknown parameter is ignored, and every entry comes back", async () => {
    const every = ids(await get("calendar_entries"));
    expect(every.length).toBeGreaterThan(3);
    expect(ids(await get("calendar_entries?calendar_owner_id=300352"))).toEqual(every);
    expect(ids(await get("calendar_entries?user_id=352"))).toEqual(every);
  });

  test("recur once for each occurrence when expanded", async () => {
    const range = "from=2026-06-01T00:00:00Z&to=2026-06-20T00:00:00Z";
    const { entryId: id } = cases.teamMeeting;
    const plain = await get(`calendar_entries?calendar_id=${cases.firmCalendarId}&${range}`);
    expect(ids(plain)).toEqual([String(id)]);
    const expanded = await get(
      `calendar_entries?calendar_id=${cases.firmCalendarId}&${range}&expanded=true&fields=id,start_at,parent_calendar_entry_id`,
    );
    expect(expanded.body.data).toEqual([
      { id: `${id}-0`, start_at: "2026-06-02T15:00:00Z", parent_calendar_entry_id: id },
      { id: `${id}-1`, start_at: "2026-06-09T15:00:00Z", parent_calendar_entry_id: id },
      { id: `${id}-2`, start_at: "2026-06-16T15:00:00Z", parent_calendar_entry_id: id },
    ]);
  });

  test("an occurrence keeps its time of day when the clocks change", async () => {
    sandbox.changes().addCalendarEntry(
      calendarEntry(7, 300350, {
        start_at: "2026-10-30T16:00:00Z",
        end_at: "2026-10-30T17:00:00Z",
        recurrence_rule: "RRULE:FREQ=DAILY;INTERVAL=2;UNTIL=20261103T000000Z",
      }),
    );
    const { data } = (
      await get(
        "calendar_entries?calendar_id=300350&from=2026-10-01T00:00:00Z&to=2026-12-01T00:00:00Z&expanded=true&fields=start_at,end_at",
      )
    ).body;
    expect(data).toEqual([
      { start_at: "2026-10-30T16:00:00Z", end_at: "2026-10-30T17:00:00Z" },
      { start_at: "2026-11-01T17:00:00Z", end_at: "2026-11-01T18:00:00Z" },
      { start_at: "2026-11-03T17:00:00Z", end_at: "2026-11-03T18:00:00Z" },
    ]);
  });

  test("are paged by cursor", async () => {
    const range = "from=2026-06-01T00:00:00Z&to=2026-09-01T00:00:00Z&expanded=true";
    const every = ids(await get(`calendar_entries?${range}`));
    const paged: unknown[] = [];
    let next: string | undefined = `calendar_entries?${range}&limit=3`;
    while (next) {
      const page: Answer = await get(next);
      paged.push(...ids(page));
      next = page.body.meta.paging.next;
    }
    expect(paged).toEqual(every);
    expect(every.length).toBeGreaterThan(10);
  });

  test("can be added and removed, also by another process", async () => {
    const post = (changes: unknown) =>
      fetch(`${sandbox.url}/sandbox/changes`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(changes),
      });
    const record = {
      calendar_owner_id: 300350,
      summary: "Vacation",
      calendar_entry_event_type_id: cases.eventTypes.vacation,
      all_day: true,
      start_at: "2026-06-08T00:00:00Z",
      end_at: "2026-06-13T00:00:00Z",
    };
    const { status } = await post([
      { kind: "calendar_entry", change: "add", id: 7, record },
      { kind: "calendar_entry", change: "remove", id: cases.withoutKind.entryId },
    ]);
    expect(status).toBe(204);
    expect(ids(await get("calendar_entries?calendar_id=300350"))).toEqual(["7"]);
    const unsupported = await post([
      { kind: "calendar_entry", change: "update", id: 7, record: { recurrence_rule: "RRULE:FREQ=YEARLY" } },
    ]);
    expect(unsupported.status).toBe(400);
    expect(await unsupported.text()).toContain("RRULE:FREQ=YEARLY");
    expect((await post([{ kind: "calendar_entry", change: "add", id: 8 }])).status).toBe(400);
  });

  test("of the default sandbox are around the present time", async () => {
    const other = await startSandbox({ now: () => Date.parse("2030-03-10T09:00:00Z") });
    const present = "from=2030-03-10T09:00:00Z&to=2030-03-10T09:00:00Z";
    const answer = await apiOf(other)(`calendar_entries?${present}&fields=id,start_at,end_at`);
    await other.close();
    expect(answer.body.data).toEqual([
      // The clocks went forward that night, and the day is one of San Francisco.
      { id: entryId(cases.onVacation), start_at: "2030-03-09T00:00:00Z", end_at: "2030-03-14T00:00:00Z" },
      { id: entryId(cases.inCourt), start_at: "2030-03-10T08:00:00Z", end_at: "2030-03-10T11:00:00Z" },
    ]);
  });
});
