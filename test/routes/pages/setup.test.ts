import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person } from "../../../sandbox/firms/firm.ts";
import { mirroredService, until } from "../../../testkit/mirror.ts";
import {
  type Browser,
  connectUser,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";
import { withHostPrefix } from "../../../testkit/visitor.ts";

const ACTION = "Find responsible staff";

/** A firm with one connected user, signed in. */
async function signedIn(options: { env?: Record<string, string>; firms?: Firm[] } = {}) {
  const sandbox = await sandboxForTest(options.firms ? { firms: options.firms } : {});
  const service = await serviceForTest(sandbox.url, options.env ? { env: options.env } : {});
  const [me, colleague] = sandbox.firms[0]?.users.filter(({ enabled }) => enabled) ?? [];
  if (!me || !colleague) throw new Error("the firm has too few users");
  const { browser, page, key } = await connectUser(service, { userId: me.id, setup: SETUP_TOKEN });
  return { sandbox, service, browser, page, key: key ?? "", me, colleague, post: poster(browser) };
}

/** Sends a form of the setup page, with its CSRF token. */
function poster(browser: Browser) {
  return async (path: string, fields: Record<string, string> = {}) => {
    const page = await browser.get("/setup");
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    return browser
      .post(path)
      .type("form")
      .send({ csrf, ...fields });
  };
}

const lookup = (service: RunningService, key: string) =>
  supertest(service.url)
    .get("/lookup-contact")
    .query({ phone: cases.janeDoe.phone })
    .set("Authorization", `Bearer ${key}`);

describe("/setup", () => {
  test("sends signed-out users to /connect and back", async () => {
    const { service, me } = await signedIn();
    const browser = service.browser();
    for (const path of ["/setup", "/transfer-rules", "/"]) {
      let sent = await browser.get(path);
      if (sent.headers.location === "/setup") sent = await browser.get("/setup");
      expect(sent.status).toBe(302);
      expect(sent.headers.location).toMatch(/^\/connect\?back=/);
    }
    for (const path of ["/transfer-rules.json", "/transfer-rules.csv", "/transfer-rules/unreached.json"]) {
      const answer = await browser.get(path);
      expect([answer.status, answer.body.code]).toEqual([401, "unauthorized"]);
    }
    const { page } = await connectUser(service, { userId: me.id });
    expect(page.status).toBe(200);
  });

  test("shows the firm's first key on the first visit", async () => {
    const { page, key, service } = await signedIn();
    expect(page.text).toContain(key);
    expect((await lookup(service, key)).body.found).toBe(true);
  });

  test("a key can be replaced without missing a call", async () => {
    const { post, browser, key, service } = await signedIn();
    const created = await post("/setup/keys", { name: "Second <key>" });
    const second = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(created.text)?.[0] ?? "";
    expect(created.headers["cache-control"]).toBe("no-store");
    expect(created.text).toContain("Second &lt;key&gt;");
    expect((await lookup(service, key)).status).toBe(200);
    expect((await lookup(service, second)).status).toBe(200);

    const keyId = key.split("_")[1] ?? "";
    expect((await post("/setup/keys/revoke", { key_id: keyId })).status).toBe(303);
    expect((await lookup(service, key)).status).toBe(401);
    expect((await lookup(service, second)).status).toBe(200);
    const { text } = await browser.get("/setup");
    expect(text).not.toContain(key);
    expect(text).toContain(second);
  });

  test.each([
    ["", "Enter a name for the key"],
    ["  ", "Enter a name for the key"],
    ["x".repeat(61), "Enter a name of at most 60 characters."],
    ["Upfirst", "Your firm already has a key with this name."],
    [" UPFIRST ", "Your firm already has a key with this name."],
  ])("refuses the name “%s” for a key, says why, keeps it, and creates nothing", async (name, problem) => {
    const { post, browser } = await signedIn();
    const answer = await post("/setup/keys", { name });
    expect(answer.status).toBe(400);
    expect(visibleText(answer.text)).toContain(problem);
    expect(answer.text).toContain(`name="name" required maxlength="60" value="${name.trim()}"`);
    expect((await browser.get("/setup")).text.match(/action="\/setup\/keys\/revoke"/g)).toHaveLength(1);
  });

  test("changes nothing without the CSRF token of the session", async () => {
    const { browser, service, colleague } = await signedIn();
    const other = await connectUser(service, { userId: colleague.id });
    const foreign = /name="csrf" value="([^"]+)"/.exec(other.page.text)?.[1];
    const paths = [
      "/setup/keys",
      "/setup/keys/revoke",
      "/setup/answering",
      "/setup/custom-actions",
      "/setup/read-again",
      "/setup/try",
      "/setup/sign-out",
      "/setup/sign-out-everywhere",
      "/setup/disconnect",
    ];
    for (const path of paths) {
      for (const csrf of [undefined, "", "wrong", foreign]) {
        const answer = await browser
          .post(path)
          .type("form")
          .send({ csrf, name: "x", number: "0171", user_id: "1", key_id: "x" });
        expect(answer.status, `${path} with ${csrf}`).toBe(403);
      }
      expect((await browser.get(path)).headers.location).toBe("/setup");
      const stranger = await supertest(service.url).post(path);
      expect(stranger.status).toBe(403);
      expect(stranger.text).toContain('href="/connect?back=');
    }
    expect((await browser.get("/setup")).status).toBe(200);
  });

  test("another connected user can be made the lookup account", async () => {
    const { post, sandbox, service, colleague, key } = await signedIn();
    await connectUser(service, { userId: colleague.id });
    sandbox.firms[0]?.users
      .find(({ id }) => id === colleague.id)
      ?.hiddenContacts.add(cases.janeDoe.contactId);
    expect((await lookup(service, key)).body.found).toBe(true);
    expect((await post("/setup/answering", { user_id: String(colleague.id) })).status).toBe(303);
    expect((await lookup(service, key)).body.found).toBe(false);
  });

  test("shows the exact response that the receptionist would get, errors included", async () => {
    const { post, sandbox } = await signedIn();
    const found = await post("/setup/try", { number: cases.janeDoe.phone });
    expect(found.text).toContain("&quot;matched_on&quot;: &quot;phone&quot;");
    expect(found.text).toContain("&quot;transfer_to&quot;: &quot;Felix Dubinsky&quot;");
    sandbox.fault({ path: "/api/v4/contacts", kind: "status", status: 500 });
    expect((await post("/setup/try", { number: cases.janeDoe.phone })).text).toContain("clio_error");
  });

  test("signing out affects only this browser", async () => {
    const { post, browser, service, key } = await signedIn();
    expect((await post("/setup/sign-out")).text).toContain("signed out");
    expect((await browser.get("/setup")).status).toBe(302);
    expect((await lookup(service, key)).body.found).toBe(true);
  });

  test("a forged session is refused, and a session ends with its connection", async () => {
    const { sandbox, browser, service } = await signedIn();
    const cookie = "session=eyJhbGciOiJkaXIifQ..x.y.z";
    expect((await supertest(service.url).get("/setup").set("Cookie", cookie)).status).toBe(302);
    sandbox.revoke(sandbox.firms[0]?.users[0]?.id ?? 0);
    expect((await browser.get("/setup")).headers.location).toMatch(/^\/connect\?back=/);
  });

  test("a user of another firm sees and changes nothing of this one", async () => {
    const ours = exampleFirm();
    const theirs = exampleFirm();
    theirs.account = { id: 88_002, name: "Quill & Partners" };
    theirs.users = theirs.users.map((user) => ({
      ...user,
      email: `q${user.id}@quill.example`,
      id: user.id + 10_000,
      name: `Q. ${user.last_name}`,
    }));
    theirs.contacts = [];
    theirs.matters = [];
    const { service, key, browser, me } = await signedIn({ firms: [ours, theirs] });
    const other = await connectUser(service, { userId: theirs.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    const page = await other.browser.get("/setup");
    expect(page.text).toContain("Quill &amp; Partners");
    for (const text of ["Hollis", me.email, key.split("_")[1] ?? ""]) expect(page.text).not.toContain(text);

    const post = poster(other.browser);
    await post("/setup/keys/revoke", { key_id: key.split("_")[1] ?? "" });
    await post("/setup/answering", { user_id: String(me.id) });
    expect((await lookup(service, key)).body.found).toBe(true);
    expect((await browser.get("/setup")).text).not.toContain("Quill");
    expect((await other.browser.get("/transfer-rules.json")).body).toEqual([]);
  });
});

describe("custom actions in Clio", () => {
  test("are installed when a user connects, on the records in CUSTOM_ACTION_RECORDS only", async () => {
    const { sandbox, me, service, browser } = await signedIn({
      env: { CUSTOM_ACTION_RECORDS: "matters,documents" },
    });
    const actions = sandbox.customActions.of(me.id);
    expect(actions.map(({ ui_reference }) => ui_reference).toSorted()).toEqual([
      "documents/show",
      "matters/show",
    ]);
    for (const { label, target_url } of actions)
      expect([label, target_url]).toEqual([ACTION, `${service.settings.publicUrl}/clio-action`]);
    expect((await browser.get("/setup")).text).toContain("matters");
  });

  test("keeps existing ones, corrects an old address, removes unwanted ones, and ignores those of other apps", async () => {
    const { sandbox, me, service, post } = await signedIn();
    const before = sandbox.customActions.of(me.id).map(({ id }) => id);
    await post("/setup/custom-actions");
    expect(sandbox.customActions.of(me.id).map(({ id }) => id)).toEqual(before);
    await service.close();

    const env = { PUBLIC_URL: "http://localhost:3999", CUSTOM_ACTION_RECORDS: "matters" };
    const moved = await serviceForTest(sandbox.url, { env, folder: service.folder });
    sandbox.customActions.create(me.id, {
      label: "Something else",
      target_url: "https://other.example/",
      ui_reference: "matters/show",
    });
    await connectUser(moved, { userId: me.id });
    const after = sandbox.customActions.of(me.id);
    const ours = after.filter(({ label }) => label === ACTION);
    expect(ours.map(({ target_url }) => target_url)).toEqual(["http://localhost:3999/clio-action"]);
    expect(before).toContain(ours[0]?.id);
    expect(after.some(({ label }) => label === "Something else")).toBe(true);
  });

  test("treats a duplicate that Clio refuses as installed", async () => {
    const { sandbox, post } = await signedIn();
    sandbox.fault({
      path: /custom_actions\.json\?/,
      kind: "wrong_shape",
      body: { data: [] },
    });
    expect((await post("/setup/custom-actions")).status).toBe(303);
  });

  test("connects a user even without the permission, and names it", async () => {
    const firm = exampleFirm();
    firm.users[0]?.permissions.delete("custom_actions");
    const { page, sandbox, me } = await signedIn({ firms: [firm] });
    expect(page.status).toBe(200);
    expect(page.text).toContain("Custom actions (write)");
    expect(sandbox.customActions.of(me.id)).toEqual([]);
  });

  test("disconnecting removes them, ends access in Clio and deletes the user", async () => {
    const { sandbox, post, me, service, key, browser } = await signedIn();
    const page = await post("/setup/disconnect");
    expect(page.status).toBe(200);
    expect(page.text).toContain("disconnected");
    expect(sandbox.customActions.of(me.id)).toEqual([]);
    expect(sandbox.counts.get("/oauth/deauthorize")).toBe(1);
    expect((await lookup(service, key)).body.code).toBe("clio_not_connected");
    expect((await browser.get("/setup")).status).toBe(302);
  });

  test("disconnecting changes nothing if Clio is unavailable", async () => {
    const { sandbox, post, service, key } = await signedIn();
    sandbox.fault({ path: "/oauth/deauthorize", kind: "status", status: 500 });
    expect((await post("/setup/disconnect")).status).toBe(502);
    expect((await lookup(service, key)).body.found).toBe(true);
  });
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The requests of the mirror, but not those of `/setup` or of signing in. */
const MIRROR_REQUESTS = /\/api\/v4\/(contacts|matters|users|webhooks)\.json/;
const FOREVER = Number.POSITIVE_INFINITY;

/** The visible text of the section about the mirror. */
function directory(html: string): string {
  return visibleText(/<section id="directory".*?<\/section>/s.exec(html)?.[0] ?? "");
}

/** The visible text about the mirror in the status. */
function stateLine(html: string): string {
  return visibleText(/<dt>Contacts and matters<\/dt>(.*?) <span class="light">/s.exec(html)?.[1] ?? "");
}

function visibleText(html: string): string {
  return html
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .replace(/ (?=[.,;:])/g, "")
    .replaceAll("&#39;", "'")
    .trim();
}

/** 450 matters of one client: three pages. */
function largeFirm(): Firm {
  const client = person(1, "Paula Client");
  const matters = Array.from({ length: 450 }, (_, i) => matter(1000 + i, i + 1, client, `Matter ${i}`, {}));
  return { ...exampleFirm(), contacts: [client], matters };
}

describe("the mirror on /setup", () => {
  test("stores nothing with DIRECTORY=live", async () => {
    const { page } = await signedIn({ env: { DIRECTORY: "live" } });
    expect(stateLine(page.text)).toBe("Looked up in Clio on every call");
    expect(directory(page.text)).toContain(
      "Every call is looked up in Clio. No contacts or matters are stored here",
    );
    expect(page.text).not.toContain("/setup/read-again");
  });

  test("shows the progress of the first sync, and that calls are answered from Clio", async () => {
    const sandbox = await sandboxForTest({ firms: [largeFirm()] });
    sandbox.fault({ path: /matters.*page_token/, kind: "hang", times: FOREVER });
    const service = await serviceForTest(sandbox.url, { env: { DIRECTORY: "mirror" }, pollIntervalMs: 10 });
    const { browser, page } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    expect(stateLine(page.text)).toContain("First sync running");

    await until(async () => expect((await browser.get("/setup")).text).toContain('value="201" max="451"'));
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain("copied from Clio for the first time");
    expect(directory(text)).toContain("every call is looked up in Clio, so no caller is missed");
    expect(directory(text)).toContain("201 of 451 contacts and matters copied, less than a minute left");
    expect(stateLine(text)).toBe("First sync running: 44%");
    const live = await browser.get("/setup/live");
    expect(live.text).toContain('data-poll-seconds="3"');
    expect(visibleText(live.text)).toContain("201 of 451 contacts and matters copied");
    expect(visibleText(live.text)).toContain("copying contacts and matters: 44%");
    expect(text).toContain("/assets/live.js");
    expect(text).not.toContain("http-equiv");
    expect(text).not.toContain("/setup/read-again");
  });

  test("shows what is stored, the last change, the last check, and how changes arrive", async () => {
    const { browser, sandbox } = await mirroredService();
    const { text } = await browser.get("/setup");
    const [firm] = sandbox.firms;
    expect(directory(text)).toContain(
      `Stored here ${firm?.contacts.length} contacts, ${firm?.matters.length} matters, ${firm?.users.length} users`,
    );
    expect(directory(text)).toContain("Last change May 31, 2026, 3:00 PM UTC");
    expect(directory(text)).toContain("Last checked with Clio May 31, 2026, 3:00 PM UTC");
    expect(directory(text)).toContain("Changes in Clio Checked every 5 minutes");
    expect(directory(text)).toContain("Clio reports changes only to HTTPS addresses");
    expect(stateLine(text)).toBe("Up to date, checked May 31, 2026, 3:00 PM UTC");
    const live = visibleText((await browser.get("/setup/live")).text);
    expect(live).toContain("Up to date, checked May 31, 2026, 3:00 PM UTC");
  });

  test("starts a full sync on request, and keeps answering calls", async () => {
    const { browser, sandbox, ask } = await mirroredService();
    sandbox.fault({ path: MIRROR_REQUESTS, kind: "hang", times: FOREVER });
    expect((await poster(browser)("/setup/read-again")).status).toBe(303);
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain("A full sync is running. Calls are still answered.");
    expect(text).toContain("<progress");
    expect(text).not.toContain('action="/setup/read-again"');
    expect((await ask("/lookup-contact", { phone: cases.janeDoe.phone })).body.found).toBe(true);
  });

  test("shows how old the mirror is while Clio is unavailable, and until when it is used", async () => {
    const { browser, sandbox, clock, ask } = await mirroredService();
    sandbox.fault({ path: MIRROR_REQUESTS, kind: "status", status: 500, times: FOREVER });
    clock.now = Date.parse("2026-05-31T15:20:00Z");
    await until(async () =>
      expect(directory((await browser.get("/setup")).text)).toContain(
        "Changes in Clio can't be checked right now.",
      ),
    );
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain(
      "Calls are answered from the copy as of May 31, 2026, 3:00 PM UTC, until Jun 1, 2026, 3:00 PM UTC at the latest.",
    );
    expect(directory(text)).toContain("Clio can't be reached or isn't responding correctly.");
    expect(stateLine(text)).toBe("Copy as of May 31, 2026, 3:00 PM UTC");
    expect((await ask("/lookup-contact", { phone: cases.janeDoe.phone })).body.found).toBe(true);
  });

  test("stops using the mirror after 24 hours without Clio", async () => {
    const { service, sandbox, clock, userId } = await mirrored();
    sandbox.fault({ path: MIRROR_REQUESTS, kind: "status", status: 500, times: FOREVER });
    clock.now += 24 * HOUR;
    const { page } = await connectUser(service, { userId });
    expect(directory(page.text)).toContain("The copy of your data is too old to use.");
    expect(directory(page.text)).toContain("every call is looked up in Clio");
    expect(stateLine(page.text)).toBe("Out of date: calls are looked up in Clio");
  });

  test("shows no warning while it catches up after a stop of the service", async () => {
    const { service, sandbox, clock, userId } = await mirrored();
    sandbox.fault({ path: MIRROR_REQUESTS, kind: "hang", times: FOREVER });
    clock.now += 30 * MINUTE;
    const { page } = await connectUser(service, { userId });
    expect(directory(page.text)).toContain("is being updated.");
    expect(page.text).not.toContain('class="notice"');
  });

  test.each([
    ["contacts", 403, "Clio denied access to contacts, matters or users."],
    ["users", 404, "Clio can't be reached or isn't responding correctly."],
    ["matters", 429, "Clio's request limit is reached."],
  ])("explains why the first sync fails: %s get a %i", async (kind, status, explanation) => {
    const sandbox = await sandboxForTest();
    const path = new RegExp(`/${kind}\\.json`);
    sandbox.fault({ path, kind: "status", status, retryAfter: 40, times: FOREVER });
    const service = await serviceForTest(sandbox.url, { env: { DIRECTORY: "mirror" }, pollIntervalMs: 10 });
    const { browser } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    await until(async () => expect(directory((await browser.get("/setup")).text)).toContain(explanation));
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain("every call is looked up in Clio");
  });

  test("refers to the log after an internal error", async () => {
    const { browser, service } = await mirrored();
    const db = new DatabaseSync(service.databaseFile);
    db.exec("update mirrors set trouble = 'internal_error', failures = 1, retry_at = 9e15");
    db.close();
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain("The sync failed because of an error in this service.");
    expect(directory(text)).toContain("in the service's log");
  });

  test("doesn't show another firm's mirror", async () => {
    const { service } = await mirrored({ firms: [exampleFirm(), emptyFirm()] });
    const { browser } = await connectUser(service, { userId: 10_350, setup: SETUP_TOKEN });
    await until(async () =>
      expect(directory((await browser.get("/setup")).text)).toContain("0 contacts, 0 matters, 1 user"),
    );
  });

  test("shows the page even if Clio doesn't respond", async () => {
    const { browser, sandbox } = await mirrored();
    sandbox.fault({ path: "/api/", kind: "hang", times: FOREVER });
    const { text, status } = await browser.get("/setup");
    expect(status).toBe(200);
    expect(directory(text)).toContain("Stored here");
    expect(text).toContain("Couldn't check which menu entries are installed.");
  });
});

/** A service with a complete mirror. */
async function mirrored({ firms }: { firms?: Firm[] } = {}) {
  const parts = await mirroredService(firms ? { sandbox: { firms } } : {});
  return { ...parts, service: parts.service, userId: parts.sandbox.firms[0]?.users[0]?.id ?? 0 };
}

function emptyFirm(): Firm {
  const firm = exampleFirm();
  const [first] = firm.users;
  if (!first) throw new Error("the example firm has no users");
  const users = [{ ...first, id: 10_350, name: "Q. Quill", email: "q@quill.example" }];
  return { account: { id: 88_002, name: "Quill & Partners" }, users, contacts: [], matters: [] };
}

describe("webhooks on /setup", () => {
  const HTTPS = "https://router.example.com";

  /**
   * Reads the page of a service with an https address. The test can't sign in to that over plain http, so it uses a session
   * from before; and it makes the webhooks due at once.
   */
  async function overHttps(options: Parameters<typeof mirroredService>[0] = {}) {
    const { browser, restart } = await mirroredService(options);
    const cookies = withHostPrefix((await browser.get("/setup")).request.cookies);
    const service = await restart({ PUBLIC_URL: HTTPS });
    const db = new DatabaseSync(service.databaseFile);
    db.exec("update mirrors set hooks_checked_at = null");
    db.close();
    return async () => directory((await supertest(service.url).get("/setup").set("Cookie", cookies)).text);
  }

  test.each([
    ["after", "Changes in Clio Arrive immediately"],
    ["never", "Clio hasn't yet confirmed that it will report changes."],
  ] as const)("depends on Clio's handshake: %s its response", async (handshake, expected) => {
    const section = await overHttps({ sandbox: { webhooks: { handshake } } });
    await until(async () => expect(await section()).toContain(expected));
  });

  test("names the permission if the app may not create webhooks", async () => {
    const firm = exampleFirm();
    firm.users[0]?.permissions.delete("webhooks");
    const section = await overHttps({ sandbox: { firms: [firm] } });
    await until(async () => expect(await section()).toContain("lacks the Webhooks (write) permission."));
  });
});
