import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { loggedText } from "../../../testkit/logged-text.ts";
import { POLL_INTERVAL_MS } from "../../../testkit/mirror.ts";
import { storeOfOtherProcess } from "../../../testkit/other-process.ts";
import {
  type Browser,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const STRANGER = "+14155550199";
const FELIX = 350;
const DAY = 24 * 60 * 60_000;

/** A connected firm, its administrator and a colleague, on a Friday. The test controls the clock. */
async function setUp({ env = {} }: { env?: Record<string, string> } = {}) {
  const clock = { now: Date.parse("2026-05-29T15:05:00Z") };
  const now = () => clock.now;
  const firm = exampleFirm();
  const sandbox = await sandboxForTest({ firms: [firm], now });
  const service = await serviceForTest(sandbox.url, { now, pollIntervalMs: POLL_INTERVAL_MS, env });
  const { key, browser } = await connectUser(service, { userId: FELIX, setup: SETUP_TOKEN });
  const colleague = firm.users.find((user) => user.id !== FELIX && user.enabled && !user.account_owner);
  if (!colleague) throw new Error("the firm has no other user");
  const { browser: colleagueBrowser } = await connectUser(service, { userId: colleague.id });
  const authorized = { Authorization: `Bearer ${key}` };
  return {
    clock,
    firm,
    sandbox,
    service,
    browser,
    colleague,
    colleagueBrowser,
    async call(callerId: string, query: object = {}, status = 200) {
      clock.now += 60_000;
      await supertest(service.url)
        .get("/route-call")
        .query({ caller_id: callerId, ...query })
        .set(authorized)
        .expect(status);
    },
    async report(callerId: string, report: object = {}): Promise<string> {
      const { body } = await supertest(service.url)
        .post("/after-call")
        .send({ caller_id: callerId, ...report })
        .set(authorized)
        .expect(202);
      return body.id as string;
    },
  };
}

/** Once the outbox has worked it off. */
async function listed(browser: Browser, log: string, query: object = {}) {
  return expect
    .poll(async () => (await browser.get("/calls.json").query(query)).body)
    .toEqual(expect.arrayContaining([expect.objectContaining({ log })]));
}

describe("the list", () => {
  test("has every call, newest first, with what was answered and what became of the phone log", async () => {
    const { call, report, browser } = await setUp();
    await call(cases.janeDoe.phone);
    const id = await report(cases.janeDoe.phone, {
      summary: "Jane asked when the hearing is.",
      message: "Please call me back.",
      started_at: "2026-05-29T15:00:00Z",
    });
    await call(STRANGER);
    await call("anonymous");
    await listed(browser, "logged");

    const { body } = await browser.get("/calls.json").expect(200).expect("Cache-Control", "no-store");
    expect(body).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        started_at: "2026-05-29T15:08:00.000Z",
        caller: null,
        contact: null,
        matter: null,
        transfer_to: null,
        outcome: "withheld",
        matched_on: null,
        away: null,
        summary: null,
        message: null,
        log: "waiting",
        log_detail: "The end of the call hasn't been reported yet.",
      },
      expect.objectContaining({ caller: STRANGER, outcome: "nobody", contact: null }),
      {
        id,
        started_at: "2026-05-29T15:00:00.000Z",
        caller: cases.janeDoe.phone,
        contact: { id: cases.janeDoe.contactId, name: "Jane Doe" },
        matter: { id: cases.janeDoe.matterId, display_number: expect.stringContaining("Doe") },
        transfer_to: "Felix Dubinsky",
        outcome: "routed",
        matched_on: "phone",
        away: null,
        summary: "Jane asked when the hearing is.",
        message: "Please call me back.",
        log: "logged",
        log_detail: null,
      },
    ]);
    const page = (await browser.get("/calls").expect(200)).text;
    for (const text of ["Jane Doe", "Routed to a person", "(415) 555-0199", "Number withheld"])
      expect(page).toContain(text);
    expect(page).toContain("1 of 3 calls in the last 30 days was routed to a person.");
  });

  test("is filtered by outcome, and searched by name and number", async () => {
    const { call, browser } = await setUp();
    await call(cases.janeDoe.phone);
    await call(STRANGER);
    const outcomes = async (query: object) =>
      (await browser.get("/calls.json").query(query)).body.map(({ outcome }: { outcome: string }) => outcome);
    expect(await outcomes({})).toEqual(["nobody", "routed"]);
    expect(await outcomes({ outcome: "routed" })).toEqual(["routed"]);
    expect(await outcomes({ q: "doe" })).toEqual(["routed"]);
    expect(await outcomes({ q: "(415) 555-0199" })).toEqual(["nobody"]);
    expect(await outcomes({ q: "doe", outcome: "nobody" })).toEqual([]);
    expect(await outcomes({ q: "?!" })).toEqual([]);
    expect((await browser.get("/calls").query({ q: "doe" })).text).not.toContain("555-0199");
  });

  describe("of calls for someone who was away", () => {
    type Listed = { caller: string | null; transfer_to: string; away: { name: string } | null };
    const { janeDoe, closedOnly, severalMatters } = cases;

    /** Calls for Felix Dubinsky before and while a colleague stands in for him, and for others. */
    async function callsWhileAway() {
      const all = await setUp();
      const { call, clock, service, browser, colleague } = all;
      const { absences, firms } = await storeOfOtherProcess(service);
      await call(janeDoe.phone);
      clock.now += 10 * 60_000;
      const absence = { userId: FELIX, from: clock.now, until: null, standInId: colleague.id, note: null };
      await absences.add((await firms.list())[0]?.id ?? "", absence);
      for (const caller of [closedOnly.phone, severalMatters.phone, STRANGER, janeDoe.phone])
        await call(caller);
      const list = async (query: object, as: Browser = browser): Promise<Listed[]> =>
        (
          await as
            .get("/calls.json")
            .query({ away: 1, ...query })
            .expect(200)
        ).body;
      return { ...all, list };
    }

    test("has these alone, also when they are searched and filtered", async () => {
      const { list, browser, colleague } = await callsWhileAway();
      const forFelix = { transfer_to: colleague.name, away: { name: "Felix Dubinsky", until: null } };
      expect(await list({})).toEqual([
        expect.objectContaining({ caller: janeDoe.phone, ...forFelix }),
        expect.objectContaining({ caller: closedOnly.phone, ...forFelix }),
      ]);
      expect(await list({ q: "Felix Dubinsky", outcome: "routed" })).toHaveLength(2);
      expect(await list({ q: closedOnly.phone })).toMatchObject([{ caller: closedOnly.phone }]);
      expect(await list({ q: severalMatters.phone })).toEqual([]);
      expect(await list({ q: "?!" })).toEqual([]);
      expect(await list({ outcome: "nobody" })).toEqual([]);
      const csv = (await browser.get("/calls.csv").query({ away: 1, q: closedOnly.phone })).text;
      expect(csv.trim().split("\r\n")).toEqual([
        expect.any(String),
        expect.stringContaining("Felix Dubinsky"),
      ]);
      const page = (await browser.get("/calls").query({ away: 1 })).text;
      expect(page.match(/Felix Dubinsky was away/g)).toHaveLength(2);
      expect(page).toContain('href="/calls.csv?away=1"');
    });

    test("has 50 a page", async () => {
      const { list, call, clock, browser } = await callsWhileAway();
      for (let i = 0; i < 50; i += 1) {
        clock.now += 5 * 60_000;
        await call(janeDoe.phone);
      }
      expect(await list({})).toHaveLength(50);
      const pages = [(await browser.get("/calls").query({ away: 1 })).text];
      const [, earlier = ""] = /href="([^"#]+)#all">Earlier/.exec(pages[0] ?? "") ?? [];
      expect(earlier).toContain("away=1");
      pages.push((await browser.get(earlier.replace("&amp;", "&"))).text);
      expect(pages.map((page) => page.match(/Felix Dubinsky was away/g)?.length)).toEqual([50, 2]);
    });

    test("has calls whose caller the user may not see, as the whole list does, unless it is searched", async () => {
      const { list, colleague, colleagueBrowser } = await callsWhileAway();
      colleague.hiddenContacts.add(closedOnly.contactId);
      expect(await list({}, colleagueBrowser)).toMatchObject([
        { caller: janeDoe.phone },
        { caller: null, away: { name: "Felix Dubinsky" } },
      ]);
      expect(await list({ q: "Felix" }, colleagueBrowser)).toMatchObject([{ caller: janeDoe.phone }]);
    });
  });

  test("refuses parameters it can't read, and names them", async () => {
    const { browser } = await setUp();
    for (const [query, detail] of [
      [{ outcome: "lost" }, "outcome must be one of"],
      [{ away: "yes" }, "away must be 1"],
      [{ before: "yesterday" }, "before must come from"],
      [{ q: "x".repeat(201) }, "q must be at most 200"],
    ] as const) {
      const { body } = await browser.get("/calls.json").query(query).expect(400);
      expect(body.detail).toContain(detail);
      await browser.get("/calls").query(query).expect(400);
    }
  });

  test("has 50 calls a page, and links to the next one in every format", async () => {
    const { call, browser } = await setUp();
    for (let i = 0; i < 53; i += 1) await call(`+1415555${1000 + i}`);
    const first = await browser.get("/calls.json").query({ outcome: "nobody" });
    expect(first.body).toHaveLength(50);
    const next = /^<(?<path>[^>]+)>; rel="next"$/.exec(first.headers.link ?? "")?.groups?.path ?? "";
    const second = await browser.get(next);
    expect(second.body.map(({ caller }: { caller: string }) => caller)).toEqual([
      "+14155551002",
      "+14155551001",
      "+14155551000",
    ]);
    expect(second.headers.link).toBeUndefined();
    const link = /href="(?<path>\/calls\?before=[^"#]+)#all">Earlier/.exec(
      (await browser.get("/calls")).text,
    );
    const page = (await browser.get(link?.groups?.path ?? "")).text;
    expect(page).toContain("(415) 555-1000");
    expect(page).not.toContain("(415) 555-1003");
    expect((await browser.get("/calls.csv")).headers.link).toContain("</calls.csv?before=");
  });

  test("keeps calls for CALL_LOG_DAYS", async () => {
    const { call, service, clock } = await setUp({ env: { CALL_LOG_DAYS: "2" } });
    await call(STRANGER);
    clock.now += 2 * DAY - 1000;
    // The session has ended by then.
    const { browser } = await connectUser(service, { userId: FELIX });
    expect((await browser.get("/calls.json")).body).toHaveLength(1);
    clock.now += 2000;
    expect((await browser.get("/calls.json")).body).toHaveLength(0);
  });

  test("says how to get calls when there are none", async () => {
    const { browser } = await setUp();
    const { text } = await browser.get("/calls");
    expect(text).toContain("No calls yet");
    expect(text).toContain('href="/setup#upfirst"');
  });
});

test("the CSV file has the same fields, and nothing in it runs in a spreadsheet", async () => {
  const { call, report, browser, firm } = await setUp();
  const jane = firm.contacts.find(({ id }) => id === cases.janeDoe.contactId);
  if (jane) jane.name = "=HYPERLINK(1)";
  await call(cases.janeDoe.phone);
  await report(cases.janeDoe.phone, { summary: "Hello;=1+1\nBye", message: "+cmd|' /C calc'!A0" });
  const { text, type } = await browser.get("/calls.csv").expect(200);
  expect(type).toBe("text/csv");
  const [header, row] = text.split("\r\n");
  expect(header).toBe(
    "\ufeffid,started_at,caller,contact,matter,transfer_to,outcome,matched_on,away,summary,message,log,log_detail",
  );
  expect(row).toContain(cases.janeDoe.phone);
  expect(row).toContain("'=HYPERLINK(1)");
  expect(row).toContain("Hello;'=1+1 Bye");
  expect(row).toContain("'+cmd|' /C calc'!A0");
});

describe("a user sees a caller only as Clio shows them", () => {
  const HIDDEN = { caller: null, contact: null, summary: null, message: null };

  test("a hidden contact: neither name, number, summary nor message, and no search finds the call", async () => {
    const { call, report, browser, colleague, colleagueBrowser } = await setUp();
    await call(cases.janeDoe.phone);
    const id = await report(cases.janeDoe.phone, { summary: "About the will.", message: "Call me." });
    colleague.hiddenContacts.add(cases.janeDoe.contactId);
    colleague.hiddenMatters.add(cases.janeDoe.matterId);
    const { body } = await colleagueBrowser.get("/calls.json");
    expect(body).toEqual([expect.objectContaining({ id, outcome: "routed", ...HIDDEN, matter: null })]);
    for (const path of ["/calls", "/calls.csv"]) {
      const { text } = await colleagueBrowser.get(path).expect(200);
      for (const secret of ["Doe", "555-0171", "4155550171", "the will", "Call me"])
        expect(text).not.toContain(secret);
    }
    for (const q of ["Jane", cases.janeDoe.phone, cases.janeDoe.phone.slice(-4)]) {
      expect((await colleagueBrowser.get("/calls.json").query({ q })).body).toEqual([]);
      expect((await browser.get("/calls.json").query({ q })).body).toMatchObject([{ id }]);
    }
  });

  test("a hidden matter: the contact, but neither number, summary nor message", async () => {
    const { call, report, colleague, colleagueBrowser } = await setUp();
    await call(cases.janeDoe.phone);
    await report(cases.janeDoe.phone, { summary: "About the will." });
    colleague.hiddenMatters.add(cases.janeDoe.matterId);
    const { body } = await colleagueBrowser.get("/calls.json");
    expect(body).toEqual([
      expect.objectContaining({
        ...HIDDEN,
        contact: { id: cases.janeDoe.contactId, name: "Jane Doe" },
        matter: null,
      }),
    ]);
  });

  test("several contacts with the number: hidden unless the user sees as many", async () => {
    const { call, browser, colleague, colleagueBrowser } = await setUp();
    const { phone, contactIds } = cases.household;
    await call(phone);
    const [seen] = (await browser.get("/calls.json")).body;
    expect(seen).toMatchObject({ caller: phone, contact: null, outcome: "asked_back" });
    colleague.hiddenContacts.add(contactIds[0] ?? 0);
    const [hidden] = (await colleagueBrowser.get("/calls.json")).body;
    expect(hidden).toMatchObject({ caller: null, contact: null });
  });

  test("a call that was never looked up: administrators only", async () => {
    const { sandbox, service, browser, colleagueBrowser, call } = await setUp();
    sandbox.fault({ kind: "status", status: 500 });
    await call(STRANGER, {}, 502);
    expect((await browser.get("/calls.json")).body).toMatchObject([{ caller: STRANGER, outcome: "error" }]);
    expect((await colleagueBrowser.get("/calls.json")).body).toMatchObject([
      { caller: null, outcome: "error" },
    ]);
    expect(loggedText(service.logLines.join(""))).not.toContain("0199");
  });

  test("a report that no lookup came before, without phone logs: administrators only", async () => {
    const { report, browser, colleague, colleagueBrowser } = await setUp({ env: { PHONE_LOGS: "off" } });
    for (const summary of ["About the will.", "About the will again."])
      await report(cases.janeDoe.phone, { summary, message: "Call me." });
    colleague.hiddenContacts.add(cases.janeDoe.contactId);
    const { body } = await colleagueBrowser.get("/calls.json");
    expect(body).toEqual([expect.objectContaining(HIDDEN), expect.objectContaining(HIDDEN)]);
    expect((await browser.get("/calls.json")).body).toMatchObject([
      { caller: cases.janeDoe.phone },
      { caller: cases.janeDoe.phone },
    ]);
    for (const address of ["/calls", "/calls?show=unknown"]) {
      const { text } = await colleagueBrowser.get(address);
      for (const secret of ["555-0171", "4155550171", "the will"]) expect(text).not.toContain(secret);
    }
  });

  test("while Clio can't be asked, nothing is shown", async () => {
    const { call, browser, sandbox } = await setUp();
    await call(cases.janeDoe.phone);
    sandbox.fault({ kind: "status", status: 500, times: 4 });
    await browser.get("/calls.json").expect(502);
    const { text } = await browser.get("/calls").expect(200);
    expect(text).toContain("Couldn't check which calls you may see");
    expect(text).not.toContain("Doe");
  });
});

test("needs a session: a page sends to /connect, data answers 401", async () => {
  const { service } = await setUp();
  const stranger = service.browser();
  expect((await stranger.get("/calls").expect(302)).headers.location).toContain("/connect");
  for (const path of ["/calls.json", "/calls.csv"]) {
    const { body } = await stranger.get(path).expect(401);
    expect(body.code).toBe("unauthorized");
  }
});

describe("a call that needs a decision", () => {
  /** A reported call from a number that no contact has, once it waits for a choice. */
  async function undecided(options: Parameters<typeof setUp>[0] = {}, callerId = STRANGER) {
    const all = await setUp(options);
    await all.call(callerId);
    const id = await all.report(callerId, { summary: "Asked for an appointment." });
    await listed(all.browser, "needs_choice");
    const csrf = /name="csrf" value="([^"]+)"/.exec((await all.browser.get(`/calls/${id}`)).text)?.[1] ?? "";
    return {
      ...all,
      id,
      csrf,
      post: (form: string, fields: object = {}) =>
        all.browser
          .post(`/calls/${id}/${form}`)
          .type("form")
          .send({ csrf, ...fields }),
      logs: () => (all.firm.communications ?? []).filter(({ type }) => type === "PhoneCommunication"),
      history: async () => (await all.browser.get("/setup")).text,
    };
  }

  test("is listed first, and opened it shows what was asked, which rule decided, and what was said", async () => {
    const { browser, id } = await undecided();
    const list = (await browser.get("/calls")).text;
    expect(list).toContain("Needs a decision");
    expect(list).toContain(`href="/calls/${id}"`);
    const page = (await browser.get(`/calls/${id}`).expect(200)).text;
    for (const text of [
      "(415) 555-0199",
      "No one to transfer to",
      "Asked for an appointment.",
      "Route the call",
      'href="/routing-rules#',
      "request to Clio",
      "Needs a contact",
    ])
      expect(page).toContain(text);
  });

  test("gets its phone log on the contact and matter that the user chooses", async () => {
    const { browser, id, post, logs, history } = await undecided();
    const { contactId, matterId } = cases.janeDoe;
    const search = await post("contacts", { search: "Jane Doe" }).expect(200);
    expect(search.text).toContain(`name="contact_id" value="${contactId}"`);
    const matters = await post("matters", { contact_id: contactId }).expect(200);
    expect(matters.text).toContain(`name="matter_id" value="${matterId}"`);
    const chosen = await post("log", { contact_id: contactId, matter_id: matterId }).expect(303);
    expect(chosen.headers.location).toBe(`/calls/${id}`);
    await listed(browser, "logged");
    expect(logs()).toMatchObject([{ subject: "Call from Jane Doe", matter_id: matterId }]);
    expect(await history()).toContain("chose the contact of the call of");
    // The call itself wasn't routed to anyone.
    expect((await browser.get("/calls.json")).body).toMatchObject([{ outcome: "nobody", transfer_to: null }]);
    // Once is enough.
    await post("log", { contact_id: contactId, matter_id: matterId }).expect(400);
    await post("dismiss").expect(400);
    expect(logs()).toHaveLength(1);
  });

  test("shows the contacts that share the number, and nobody else", async () => {
    const { browser, id } = await undecided({}, cases.household.phone);
    const page = (await browser.get(`/calls/${id}`)).text;
    for (const contactId of cases.household.contactIds)
      expect(page).toContain(`name="contact_id" value="${contactId}"`);
    expect(page).not.toContain(`value="${cases.janeDoe.contactId}"`);
  });

  test("can be dismissed: nothing is written", async () => {
    const { browser, post, logs, history } = await undecided();
    await post("dismiss").expect(303);
    expect((await browser.get("/calls.json")).body).toMatchObject([{ log: "off" }]);
    expect(logs()).toEqual([]);
    expect(await history()).toContain("dismissed the call of");
    await post("dismiss").expect(400);
  });

  test("its number can be added to a contact, once, so that the next call is recognized", async () => {
    const { sandbox, post, call, browser, firm, history } = await undecided();
    // So that the second click comes before the first one is done.
    sandbox.fault({ kind: "latency", ms: 300, path: "/api/v4/contacts", method: "PATCH", times: 2 });
    const jane = firm.contacts.find(({ id }) => id === cases.janeDoe.contactId);
    const before = jane?.phone_numbers.length ?? 0;
    await Promise.all([1, 2].map(() => post("number", { contact_id: cases.janeDoe.contactId }).expect(303)));
    expect(jane?.phone_numbers.length).toBe(before + 1);
    expect(await history()).toContain("added the number of the call of");
    await call(STRANGER);
    const [newest] = (await browser.get("/calls.json")).body;
    expect(newest).toMatchObject({ outcome: "routed", contact: { id: cases.janeDoe.contactId } });
  });

  test("a new contact is created with the number, once, and gets the phone log", async () => {
    const { sandbox, post, browser, firm, logs } = await undecided();
    sandbox.fault({ kind: "latency", ms: 300, path: "/api/v4/contacts", method: "POST", times: 2 });
    const invalid = await post("new-contact", { first_name: " ", last_name: "" }).expect(400);
    expect(invalid.text).toContain("Enter a first or last name.");
    const created = await Promise.all(
      [1, 2].map(() => post("new-contact", { first_name: "Nora", last_name: "Quist" })),
    );
    expect(created.map(({ status }) => status).toSorted()).toEqual([303, 400]);
    expect(firm.contacts.filter(({ name }) => name === "Nora Quist")).toHaveLength(1);
    await listed(browser, "logged");
    expect(logs()).toMatchObject([{ subject: "Call from Nora Quist" }]);
  });

  test("contacts aren't changed without the permission, which is named, and no longer offered", async () => {
    const { post, browser, firm, id } = await undecided();
    const me = firm.users.find((user) => user.id === FELIX);
    me?.permissions.delete("contacts_write");
    expect((await browser.get(`/calls/${id}`)).text).toContain("New contact");
    const refused = await post("new-contact", { first_name: "Nora", last_name: "" }).expect(503);
    expect(refused.text).toContain("Contacts (write)");
    const page = (await browser.get(`/calls/${id}`)).text;
    expect(page).not.toContain("New contact");
    expect(page).toContain("Contacts (write)");
  });

  test("a failed phone log can be tried again", async () => {
    const { sandbox, clock, call, report, browser, service } = await setUp();
    await call(cases.janeDoe.phone);
    const writes = { path: "/api/v4/communications", method: "POST" };
    sandbox.fault({ ...writes, kind: "status", status: 403, times: Number.POSITIVE_INFINITY });
    const id = await report(cases.janeDoe.phone, { summary: "Hello." });
    await expect
      .poll(async () => (await browser.get("/calls.json")).body[0]?.log_detail)
      .toContain("Communications (read and write)");
    expect((await browser.get("/setup")).text).toContain("the permission Communications (read and write)");
    clock.now += 8 * DAY;
    const { browser: later } = await connectUser(service, { userId: FELIX });
    await listed(later, "failed");
    sandbox.clearFaults?.();
    const page = (await later.get(`/calls/${id}`)).text;
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1];
    expect(page).toContain("Try again");
    expect((await later.get("/calls")).text).toContain("Needs a decision");
    await later.post(`/calls/${id}/retry`).type("form").send({ csrf }).expect(303);
    await listed(later, "logged");
  });

  test("is none of a user's business who may not see the contacts with the number, or the chosen one", async () => {
    const { id, colleague, colleagueBrowser, logs, firm } = await undecided({}, cases.household.phone);
    const [hiddenId = 0] = cases.household.contactIds;
    colleague.hiddenContacts.add(hiddenId);
    const page = (await colleagueBrowser.get(`/calls/${id}`).expect(200)).text;
    expect(page).not.toContain("appointment");
    expect(page).not.toContain("555-0127");
    const csrf = /name="csrf" value="([^"]+)"/.exec((await colleagueBrowser.get("/setup")).text)?.[1];
    for (const form of ["contacts", "matters", "log", "number", "new-contact", "dismiss", "retry"])
      await colleagueBrowser
        .post(`/calls/${id}/${form}`)
        .type("form")
        .send({ csrf, contact_id: cases.janeDoe.contactId, matter_id: "", search: "x", first_name: "x" })
        .expect(403);
    expect(logs()).toEqual([]);
    expect(firm.contacts.some(({ name }) => name === "x")).toBe(false);
  });

  test("can't be put on a contact or matter that Clio hides from the user, or on another contact's matter", async () => {
    const { id, colleague, colleagueBrowser } = await undecided();
    const csrf = /name="csrf" value="([^"]+)"/.exec((await colleagueBrowser.get(`/calls/${id}`)).text)?.[1];
    const log = (fields: object) =>
      colleagueBrowser
        .post(`/calls/${id}/log`)
        .type("form")
        .send({ csrf, ...fields });
    const { contactId } = cases.janeDoe;
    await log({ contact_id: contactId, matter_id: cases.disabledStaff.matterId }).expect(400);
    colleague.hiddenMatters.add(cases.janeDoe.matterId);
    await log({ contact_id: contactId, matter_id: cases.janeDoe.matterId }).expect(400);
    colleague.hiddenContacts.add(contactId);
    await log({ contact_id: contactId, matter_id: "" }).expect(403);
    await colleagueBrowser
      .post(`/calls/${id}/number`)
      .type("form")
      .send({ csrf, contact_id: contactId })
      .expect(403);
  });

  test("needs the page's token, and a call that the firm has", async () => {
    const { post, browser, csrf, id } = await undecided();
    for (const form of ["contacts", "matters", "log", "number", "new-contact", "dismiss", "retry"]) {
      await post(form, { csrf: "wrong" }).expect(403);
      const other = browser.post(`/calls/${"0".repeat(24)}/${form}`).type("form");
      await other.send({ csrf, contact_id: 1, matter_id: "", search: "x" }).expect(404);
      expect((await browser.get(`/calls/${id}/${form}`).expect(302)).headers.location).toBe(`/calls/${id}`);
    }
    await browser.get("/calls/nonsense").expect(404);
  });
});

test("numbers that called more than once and that no contact has are listed", async () => {
  const { call, report, browser } = await setUp();
  await call(STRANGER);
  // The call has ended.
  await report(STRANGER, { summary: "Hung up." });
  const page = async () => (await browser.get("/calls").query({ show: "unknown" }).expect(200)).text;
  expect(await page()).toContain("No such numbers");
  await call(STRANGER);
  const text = await page();
  expect(text).toContain("(415) 555-0199");
  expect(text).toContain("2 calls, most recently on");
});
