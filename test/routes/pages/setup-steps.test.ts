import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { until } from "../../../testkit/mirror.ts";
import {
  type Browser,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const HOUR_MS = 60 * 60_000;
const [ADMITTER, COLLEAGUE] = [350, 352];

async function admittedFirm(env: Record<string, string> = {}) {
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ now });
  const service = await serviceForTest(sandbox.url, { now, env });
  const { browser, key } = await connectUser(service, { userId: ADMITTER, setup: SETUP_TOKEN });
  const post = async (path: string, fields: Record<string, string> = {}, from: Browser = browser) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await from.get("/setup")).text)?.[1] ?? "";
    return from
      .post(path)
      .type("form")
      .send({ csrf, ...fields });
  };
  /** A request from Upfirst, a second after what was before. Resolves once the page knows of it. */
  const call = async (caller: string = cases.janeDoe.phone) => {
    clock.now += 1000;
    const request = service.browser().get("/route-call").query({ caller_id: caller });
    const { status } = await request.set("Authorization", `Bearer ${key}`);
    const at = new Date(clock.now).toISOString();
    await until(async () => expect((await browser.get("/setup/live")).text).toContain(at));
    return status;
  };
  return { clock, sandbox, service, browser, key, post, call };
}

/** The state of each step, and which ones are open. */
function steps(html: string) {
  return [...html.matchAll(/<details data-step="(\w+)"( open)?>.*?<span class="mark \w+">([^<]+)</gs)].map(
    ([, step, open, state]) => `${step}: ${state}${open ? ", open" : ""}`,
  );
}

const parts = (html: string) =>
  new Map(
    [...html.matchAll(/data-live="([\w-]+)"[^>]*>(.*?)<\/(?:span|div|p)>/gs)].map(([, name, part]) => [
      name,
      part,
    ]),
  );

describe("the steps of /setup", () => {
  test("are done one after the other, up to the first call", async () => {
    const { browser, post, call } = await admittedFirm();
    const see = async () => (await browser.get("/setup")).text;
    expect(steps(await see())).toEqual([
      "connect: Done",
      "key: Done",
      "action: Next, open",
      "rules: Later",
      "call: Later",
    ]);
    await call();
    expect(steps(await see()).slice(2)).toEqual(["action: Done", "rules: Next, open", "call: Later"]);
    expect(await see()).toContain("The custom action works.");
    expect((await post("/setup/transfer-rules-added")).status).toBe(303);
    expect(steps(await see()).slice(3)).toEqual(["rules: Done", "call: Next, open"]);
    await call();
    const settled = await see();
    expect(steps(settled)).toEqual([]);
    expect(settled).toContain("Calls are coming in.");
    expect(settled).toContain('<section id="upfirst"');
    expect(settled).toContain("added the transfer rules in Upfirst");
    // The form from before, sent again.
    await post("/setup/transfer-rules-added");
    const { text } = await browser.get("/setup");
    expect(steps(text)).toEqual([]);
    expect(text.match(/added the transfer rules in Upfirst/g)).toHaveLength(1);
  });

  test("ask for a key first when there is none", async () => {
    const { browser, post, key } = await admittedFirm();
    await post("/setup/keys/revoke", { key_id: key?.slice(4, 16) ?? "" });
    const { text } = await browser.get("/setup");
    expect(steps(text).slice(1, 3)).toEqual(["key: Next, open", "action: Later"]);
    expect(text).toContain('<button class="primary">Create key</button>');
  });

  test("need no key of the firm while the operator's own works", async () => {
    const { browser, post, key } = await admittedFirm({ UPFIRST_API_KEY: "k".repeat(40) });
    await post("/setup/keys/revoke", { key_id: key?.slice(4, 16) ?? "" });
    const { text } = await browser.get("/setup");
    expect(steps(text).slice(1, 3)).toEqual(["key: Done", "action: Next, open"]);
    expect(text).toContain("Upfirst uses a key that the operator of this service has set.");
  });
});

describe("/setup/live", () => {
  test("shows a request from Upfirst without a reload, and nothing about the caller", async () => {
    const { browser, call } = await admittedFirm();
    const before = await browser.get("/setup/live");
    expect(before.text).toContain('data-current-step="action"');
    expect(before.headers["cache-control"]).toBe("no-store");
    await call();
    const { text } = await browser.get("/setup/live");
    expect(text).toContain('data-current-step="rules"');
    expect(parts(text).get("latest-request")).toContain("The custom action works.");
    await until(async () =>
      expect((await browser.get("/setup/live")).text).toContain("The call was routed to Felix Dubinsky."),
    );
    const recorded = await browser.get("/setup/live");
    for (const secret of ["Jane", "Doe", cases.janeDoe.phone, cases.janeDoe.phone.slice(-7)])
      expect(recorded.text).not.toContain(secret);
  });

  test.each([
    [cases.stranger.phone, "No one was found who takes the call"],
    ["anonymous", "The caller&#39;s number was withheld"],
  ])("shows what was answered to %s", async (caller, answer) => {
    const { browser, call } = await admittedFirm();
    await call(caller);
    await until(async () => expect((await browser.get("/setup/live")).text).toContain(answer));
    expect((await browser.get("/setup")).text).toContain(answer);
  });

  test("shows that a lookup failed, and why", async () => {
    const { browser, call, sandbox } = await admittedFirm();
    sandbox.fault({ path: "/api/v4/", kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
    expect(await call()).toBe(502);
    await until(async () =>
      expect((await browser.get("/setup/live")).text).toContain("The last request from Upfirst failed."),
    );
    expect((await browser.get("/setup/live")).text).toContain("Clio can&#39;t be reached");
  });

  test("has every part that the page marks as live, except what only Clio knows", async () => {
    const { browser } = await admittedFirm();
    const names = (html: string) =>
      new Set([...html.matchAll(/data-live="([\w-]+)"/g)].map(([, name]) => name));
    const page = names((await browser.get("/setup")).text);
    page.delete("light-menu");
    expect(names((await browser.get("/setup/live")).text)).toEqual(page);
    expect(page.size).toBeGreaterThan(10);
  });

  test("makes no request to Clio", async () => {
    const { browser, sandbox } = await admittedFirm();
    const before = sandbox.requests.length;
    expect((await browser.get("/setup/live")).status).toBe(200);
    expect(sandbox.requests.length).toBe(before);
  });

  test("doesn't keep a session alive", async () => {
    const { browser, clock } = await admittedFirm();
    for (let hours = 0; hours < 11; hours++) {
      clock.now += HOUR_MS;
      const { status, headers } = await browser.get("/setup/live");
      expect([status, headers["set-cookie"]]).toEqual([200, undefined]);
    }
    clock.now += HOUR_MS;
    const { status, body } = await browser.get("/setup/live");
    expect([status, body.code]).toEqual([401, "unauthorized"]);
  });

  test("is for administrators", async () => {
    const { service } = await admittedFirm();
    const { browser } = await connectUser(service, { userId: COLLEAGUE });
    expect((await browser.get("/setup/live")).status).toBe(403);
    expect((await service.browser().get("/setup/live")).status).toBe(401);
  });

  test("is asked for rarely once all steps are done", async () => {
    const { browser, post, call } = await admittedFirm();
    expect((await browser.get("/setup/live")).text).toContain('data-poll-seconds="3"');
    await post("/setup/transfer-rules-added");
    await call();
    expect((await browser.get("/setup/live")).text).toContain('data-poll-seconds="20"');
  });
});

describe("choosing another lookup account", () => {
  async function withColleague() {
    const firm = await admittedFirm();
    await connectUser(firm.service, { userId: COLLEAGUE });
    const colleague = firm.sandbox.firms[0]?.users.find(({ id }) => id === COLLEAGUE);
    if (!colleague) throw new Error("the firm has no such user");
    const compare = () => firm.post("/setup/answering/compare", { user_id: String(COLLEAGUE) });
    const lookupAccount = async () =>
      /<dt>Lookup account<\/dt><dd>(.*?) <span/.exec((await firm.browser.get("/setup")).text)?.[1];
    return { ...firm, colleague, compare, lookupAccount };
  }

  test("first shows what that user can't see, and changes nothing", async () => {
    const { compare, colleague, lookupAccount, sandbox } = await withColleague();
    for (const contact of sandbox.firms[0]?.contacts.slice(0, 3) ?? [])
      colleague.hiddenContacts.add(contact.id);
    const before = await lookupAccount();
    const page = await compare();
    expect(page.status).toBe(200);
    expect(page.text).toContain(`Look up callers through ${colleague.name}?`);
    expect(page.text).toContain("3 fewer contacts than today");
    expect(page.text).toContain("As many as today");
    expect(page.text).toContain("will no longer be transferred");
    expect(await lookupAccount()).toBe(before);
  });

  test("says so when Clio doesn't tell", async () => {
    const { compare, colleague, sandbox } = await withColleague();
    colleague.permissions.delete("matters");
    const page = await compare();
    expect(page.status).toBe(200);
    expect(page.text).toContain(`Couldn't check what ${colleague.name} can see.`);
    expect(page.text).toContain("Couldn&#39;t be compared with today");
    sandbox.fault({ path: "/api/v4/contacts", kind: "hang", times: Number.POSITIVE_INFINITY });
    expect((await compare()).status).toBe(200);
  });
});
