import { expect, test } from "vitest";
import { calendarCases } from "../../../sandbox/firms/example-calendars.ts";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { relationship } from "../../../sandbox/firms/firm-relationships.ts";
import { readCalendarEntriesPage } from "../../../src/clio/resources/calendar-entries.ts";
import { listCalendarEventTypes } from "../../../src/clio/resources/calendar-entry-event-types.ts";
import { listCalendars } from "../../../src/clio/resources/calendars.ts";
import {
  listRelationshipsOfContact,
  readChangedRelationships,
  readRelationshipsById,
  readRelationshipsPage,
} from "../../../src/clio/resources/relationships.ts";
import { listUsers } from "../../../src/clio/resources/users.ts";
import { sandboxAccessForTest } from "./clio-access.ts";

const { spouse, opposingCounsel, withoutDescription, bookkeeper } = cases;

test("the relationships of a contact, with an empty description where Clio has none", async () => {
  const { accessOf, context } = await sandboxAccessForTest();
  const clio = accessOf();
  expect(await listRelationshipsOfContact(clio, spouse.contactId, context)).toEqual([
    {
      id: spouse.relationshipId,
      description: "Spouse",
      contactId: spouse.contactId,
      matterId: spouse.matterId,
    },
  ]);
  expect(await listRelationshipsOfContact(clio, withoutDescription.contactId, context)).toMatchObject([
    { description: "" },
  ]);
  expect(await listRelationshipsOfContact(clio, cases.janeDoe.contactId, context)).toEqual([]);
});

test("every relationship, page by page, with null for a hidden contact", async () => {
  const firm = exampleFirm();
  for (let id = 1; id <= 450; id += 1)
    firm.relationships?.push(relationship(id, spouse.matterId, opposingCounsel.contactId, "Witness"));
  const { accessOf, context } = await sandboxAccessForTest({ firms: [firm] });
  const clio = accessOf(bookkeeper.userId);
  const read: { id: number; contactId: number | null }[] = [];
  let pages = 0;
  let next: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof readRelationshipsPage>> = await readRelationshipsPage(
      clio,
      next,
      context,
    );
    expect(page.total).toBe(firm.relationships?.length);
    read.push(...page.records);
    pages += 1;
    next = page.next;
  } while (next !== null);
  expect(pages).toBe(3);
  expect(read.map(({ id }) => id)).toEqual(firm.relationships?.map(({ id }) => id).sort((a, b) => a - b));
  expect(read.find(({ id }) => id === withoutDescription.relationshipId)?.contactId).toBeNull();
});

test("the relationships that changed, and those that still exist", async () => {
  const now = Date.parse("2026-06-01T16:30:00Z");
  const { sandbox, accessOf, context } = await sandboxAccessForTest({ now: () => now });
  const clio = accessOf();
  sandbox.changes().relationship(spouse.relationshipId, { description: "Widow" });
  const changed: unknown[] = [];
  await readChangedRelationships(clio, now - 60_000, context, async (records) => {
    changed.push(...records);
    return "continue";
  });
  expect(changed).toMatchObject([{ id: spouse.relationshipId, description: "Widow" }]);
  sandbox.changes().removeRelationship(spouse.relationshipId);
  const [first] = opposingCounsel.relationshipIds;
  const left = await readRelationshipsById(clio, [spouse.relationshipId, first], context);
  expect(left.map(({ id }) => id)).toEqual([first]);
});

test("the calendars that a user may see, and the users' own", async () => {
  const { accessOf, context } = await sandboxAccessForTest();
  const clio = accessOf();
  const calendars = await listCalendars(clio, context);
  expect(calendars).toContainEqual({
    id: calendarCases.firmCalendarId,
    name: "Firm",
    isUserCalendar: false,
  });
  expect(calendars).toContainEqual({ id: 300350, name: "Felix Dubinsky", isUserCalendar: true });
  const users = await listUsers(clio, context);
  expect(users.find(({ id }) => id === 350)).toMatchObject({
    timeZone: "America/Los_Angeles",
    defaultCalendarId: 300350,
  });
  const seen = new Set(calendars.map(({ id }) => id));
  const hidden = users.filter((user) => !seen.has(user.defaultCalendarId ?? 0)).map(({ id }) => id);
  expect(hidden).toEqual([calendarCases.privateCalendar.userId]);
});

test("the kinds of calendar entry", async () => {
  const { accessOf, context } = await sandboxAccessForTest();
  expect(await listCalendarEventTypes(accessOf(), context)).toContainEqual({
    id: calendarCases.eventTypes.vacation,
    name: "Vacation",
  });
});

test("the calendar entries of a range, each occurrence by itself, without what they are about", async () => {
  const { sandbox, accessOf, context } = await sandboxAccessForTest();
  sandbox.changes().calendarEntry(calendarCases.inCourtTomorrow.entryId, {
    attendees: [
      { id: 300356, type: "Calendar" },
      { id: cases.janeDoe.contactId, type: "Contact" },
    ],
  });
  const range = { from: Date.parse("2026-06-01T16:30:00Z"), to: Date.parse("2026-06-10T00:00:00Z") };
  const read = (includesAllDay: boolean) =>
    readCalendarEntriesPage(accessOf(), { ...range, includesAllDay }, null, context);
  const { records: entries } = await read(true);
  expect(entries).toContainEqual({
    id: String(calendarCases.onVacation.entryId),
    startAt: "2026-05-31T00:00:00Z",
    endAt: "2026-06-05T00:00:00Z",
    allDay: true,
    calendarId: calendarCases.onVacation.calendarId,
    eventTypeId: calendarCases.eventTypes.vacation,
    attendeeCalendarIds: [],
  });
  expect(entries).toContainEqual(
    expect.objectContaining({
      id: String(calendarCases.inCourtTomorrow.entryId),
      attendeeCalendarIds: [300356],
    }),
  );
  const meetings = entries.filter(({ id }) => id.startsWith(`${calendarCases.teamMeeting.entryId}-`));
  expect(meetings.map(({ startAt }) => startAt)).toEqual(["2026-06-02T15:00:00Z", "2026-06-09T15:00:00Z"]);
  expect(JSON.stringify(entries)).not.toMatch(/Trial|Hearing|Vacation/);
  const timed = entries.filter(({ allDay }) => !allDay);
  expect(timed.length).toBeLessThan(entries.length);
  expect((await read(false)).records).toEqual(timed);
});

test("without the permission, the error names it", async () => {
  const { sandbox, accessOf, context } = await sandboxAccessForTest();
  sandbox.firms[0]?.users.find(({ id }) => id === 350)?.permissions.delete("calendars");
  await expect(listCalendars(accessOf(), context)).rejects.toThrow("Calendars (read)");
});
