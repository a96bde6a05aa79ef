import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { connectedService, connectUser } from "../../../testkit/service.ts";

const FELIX = 350;
const NOW = Date.parse("2026-11-26T18:00:00Z");
const csrfOf = (text: string) => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? "";

const STAFF = exampleFirm().users.filter(
  ({ id, enabled, phone_number, account_owner }) => id !== FELIX && enabled && phone_number && !account_owner,
);
const [standIn, other] = [STAFF[0]!, STAFF[1]!];

async function setUp() {
  const clock = { now: NOW };
  const { service, sandbox, ask, userId } = await connectedService({ now: () => clock.now, userId: FELIX });
  const { browser } = await connectUser(service, { userId });
  /** The page, without the marks that keep names and times on one line. */
  const visit = async (path = "/away") =>
    (await browser.get(path)).text.replaceAll(/<span class="whole">([^<]*)<\/span>/g, "$1");
  const save = async (fields: Record<string, string> = {}, as = browser) => {
    const csrf = csrfOf((await as.get("/away")).text);
    return as
      .post("/away/save")
      .type("form")
      .send({ csrf, person_id: String(FELIX), from_date: "2026-11-26", until_date: "2026-11-27", ...fields });
  };
  const end = async (id: string, as = browser) =>
    as
      .post("/away/end")
      .type("form")
      .send({ csrf: csrfOf((await as.get("/away")).text), id });
  const route = async () => (await ask("/route-call", { caller_id: cases.janeDoe.phone })).body;
  return { clock, service, sandbox, browser, visit, save, end, route };
}

const idOn = (page: string) => /\/away\?edit=([0-9a-f]{16})/.exec(page)?.[1] ?? "";

describe("/away", () => {
  test("an absence that is entered counts from the next call on, until it is ended", async () => {
    const { visit, save, end, route } = await setUp();
    expect(await visit()).toContain("No one is away.");
    const saved = await save({ stand_in_id: String(standIn.id), note: "At the beach" });
    expect([saved.status, saved.headers.location]).toEqual([303, "/away"]);
    expect(await route()).toMatchObject({
      transfer_to: standIn.name,
      away: { name: "Felix Dubinsky", until: "2026-11-28T00:00:00-08:00" },
    });
    const page = await visit();
    expect(page).toContain("Thu, Nov 26, 2026 to Fri, Nov 27, 2026");
    expect(page).toContain(`Stand-in: ${standIn.name}`);
    expect(page).toContain("At the beach");
    await end(idOn(page));
    expect(await route()).toMatchObject({ transfer_to: "Felix Dubinsky", away: null });
    expect(await visit()).toContain("No one is away.");
  });

  test("is changed in the same form, with what was entered", async () => {
    const { visit, save, route } = await setUp();
    await save({ from_time: "09:30", until_date: "2026-11-26", until_time: "17:00" });
    const id = idOn(await visit());
    const page = await visit(`/away?edit=${id}`);
    for (const value of ["2026-11-26", "09:30", "17:00"]) expect(page).toContain(`value="${value}"`);
    expect((await save({ id, until_date: "" })).status).toBe(303);
    expect((await route()).away).toEqual({ name: "Felix Dubinsky", until: null });
    expect(await visit()).toContain("From Thu, Nov 26, 2026, with no end date");
  });

  test.each<[string, Record<string, string>, string]>([
    ["no first day", { from_date: "" }, "Enter the first day."],
    ["a day that doesn't exist", { from_date: "2026-02-30" }, "This isn't a date and time."],
    ["a day that isn't one", { from_date: "tomorrow" }, "This isn't a date and time."],
    ["an end before the beginning", { until_date: "2026-11-25" }, "The absence ends before it begins."],
    ["an end in the past", { from_date: "2026-11-20", until_date: "2026-11-25" }, "This is in the past."],
    ["a time without a last day", { until_date: "", until_time: "17:00" }, "Enter the last day"],
    ["a beginning far away", { from_date: "2036-11-20", until_date: "" }, "within three years of today"],
    ["an end far away", { until_date: "2036-11-20" }, "within the next three years"],
    ["oneself as stand-in", { stand_in_id: String(FELIX) }, "can&#39;t stand in for themselves"],
    ["a stranger as stand-in", { stand_in_id: "999" }, "Choose someone who can be dialed."],
    [
      "a stand-in without a number",
      { stand_in_id: String(exampleFirm().users.find((user) => user.enabled && !user.phone_number)?.id) },
      "Choose someone who can be dialed.",
    ],
    ["a stranger", { person_id: "999" }, "Choose who is away."],
    ["a long note", { note: "x".repeat(201) }, "Enter at most 200 characters."],
  ])("refuses %s, next to the field, and keeps what was typed", async (_, fields, sentence) => {
    const { save, visit } = await setUp();
    const refused = await save({ note: "My note", ...fields });
    expect(refused.status).toBe(400);
    expect(refused.text.replaceAll("&#39;", "'")).toContain(sentence.replaceAll("&#39;", "'"));
    expect(refused.text).toContain('class="error"');
    expect(refused.text).toContain(`value="${fields.note ?? "My note"}"`);
    expect(await visit()).toContain("No one is away.");
  });

  test("says at once that the stand-in is away too, or has no rule in Upfirst", async () => {
    const { save, visit } = await setUp();
    await save({ person_id: String(standIn.id), until_date: "2026-12-01" });
    await save({ stand_in_id: String(standIn.id), from_date: "2026-11-28", until_date: "2026-11-30" });
    const page = await visit();
    expect(page).toContain(`${standIn.name} is away too (Thu, Nov 26, 2026 to Tue, Dec 1, 2026).`);
    expect(page).toContain(`The transfer rule of ${standIn.name} isn&#39;t marked as added to Upfirst`);
    await save({ stand_in_id: String(other.id), from_date: "2026-12-24", until_date: "2026-12-26" });
    expect(await visit()).not.toContain(`${other.name} is away too`);
  });

  test("users who aren't administrators enter and end only their own absence", async () => {
    const { service, save, end, visit } = await setUp();
    await save();
    const id = idOn(await visit());
    const { browser } = await connectUser(service, { userId: standIn.id });
    const page = (await browser.get("/away")).text;
    expect(page).toContain("Felix Dubinsky");
    expect(page).not.toContain("/away?edit=");
    expect((await save({}, browser)).text).toContain("Choose who is away.");
    expect((await save({ id, person_id: String(standIn.id) }, browser)).status).toBe(404);
    expect((await browser.get(`/away?edit=${id}`)).text).toContain("Add an absence");
    expect((await end(id, browser)).status).toBe(404);
    expect((await save({ person_id: String(standIn.id) }, browser)).status).toBe(303);
    expect(await visit()).toContain('Away now <span class="count">2</span>');
  });

  test("each change is in the history, without the note", async () => {
    const { save, end, visit } = await setUp();
    await save({ person_id: String(standIn.id), note: "Secret reason" });
    const id = idOn(await visit());
    await save({ id, person_id: String(standIn.id), until_date: "2026-11-28" });
    await end(id);
    const setup = await visit("/setup");
    const entry = (verb: string, days: string) =>
      `Felix Dubinsky ${verb} an absence: ${standIn.name}, ${days}`;
    expect(setup).toContain(entry("entered", "Thu, Nov 26, 2026 to Fri, Nov 27, 2026"));
    expect(setup).toContain(entry("changed", "Thu, Nov 26, 2026 to Sat, Nov 28, 2026"));
    expect(setup).toContain(entry("ended", "Thu, Nov 26, 2026 to Sat, Nov 28, 2026"));
    expect(setup).not.toContain("Secret reason");
  });
});

test("the firm's time zone is that of the user who connected it, and is set on /setup", async () => {
  const { browser, visit, save, route } = await setUp();
  expect(await visit()).toContain("America/Los_Angeles");
  await save();
  const csrf = csrfOf(await visit("/setup"));
  const set = (time_zone: string) => browser.post("/setup/time-zone").type("form").send({ csrf, time_zone });
  expect((await set("Mars/Olympus")).status).toBe(400);
  expect((await set("America/New_York")).status).toBe(303);
  expect(await visit()).toContain("America/New_York");
  // What was entered stays the same moment.
  expect((await route()).away).toEqual({ name: "Felix Dubinsky", until: "2026-11-28T03:00:00-05:00" });
  expect(await visit("/setup")).toContain("set the firm&#39;s time zone to America/New_York");
});
