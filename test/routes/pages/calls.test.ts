import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { POLL_INTERVAL_MS } from "../../../testkit/mirror.ts";
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
    .poll(async () => (await browser.get("/calls.json").query(query)).body, { timeout: 10_000 })
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
    expect(page).toContain("1 of 3 calls in the last 30 days were routed to a person.");
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

  test("refuses parameters it can't read, and names them", async () => {
    const { browser } = await setUp();
    for (const [query, detail] of [
      [{ outcome: "lost" }, "outcome must be one of"],
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
    expect(service.logLines.join("")).not.toContain("0199");
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
