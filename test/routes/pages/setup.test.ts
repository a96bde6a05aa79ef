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

/** Sends a form of the set-up page, with the token that stands on it. */
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
  test("whoever is not signed in is sent to /connect and comes back", async () => {
    const { service, me } = await signedIn();
    const browser = service.browser();
    for (const path of ["/setup", "/transfer-rules", "/"]) {
      let sent = await browser.get(path);
      if (sent.headers.location === "/setup") sent = await browser.get("/setup");
      expect(sent.status).toBe(302);
      expect(sent.headers.location).toMatch(/^\/connect\?back=/);
    }
    for (const path of ["/transfer-rules.json", "/transfer-rules.csv"]) {
      const answer = await browser.get(path);
      expect([answer.status, answer.body.code]).toEqual([401, "unauthorized"]);
    }
    const { page } = await connectUser(service, { userId: me.id });
    expect(page.status).toBe(200);
  });

  test("the firm's first key is shown once, at the first look", async () => {
    const { browser, page, key, service } = await signedIn();
    expect(page.text).toContain(key);
    expect((await lookup(service, key)).body.found).toBe(true);
    const again = await browser.get("/setup");
    expect(again.text).not.toContain(key);
    expect(again.text).not.toContain("ccr_");
  });

  test("a key rotates without a dropped call: make, use both, revoke the old one", async () => {
    const { post, browser, key, service } = await signedIn();
    const made = await post("/setup/keys", { name: "Second <key>" });
    const second = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(made.text)?.[0] ?? "";
    expect(made.headers["cache-control"]).toBe("no-store");
    expect(made.text).toContain("Second &lt;key&gt;");
    expect((await lookup(service, key)).status).toBe(200);
    expect((await lookup(service, second)).status).toBe(200);

    const keyId = key.split("_")[1] ?? "";
    expect((await post("/setup/keys/revoke", { key_id: keyId })).status).toBe(303);
    expect((await lookup(service, key)).status).toBe(401);
    expect((await lookup(service, second)).status).toBe(200);
    expect((await browser.get("/setup")).text).not.toContain(second);
  });

  test("a key without a name is refused, and nothing is made", async () => {
    const { post, browser } = await signedIn();
    for (const name of ["", "  ", "x".repeat(61)]) {
      const answer = await post("/setup/keys", { name });
      expect(answer.status).toBe(400);
      expect(answer.text).toContain("name:");
    }
    expect((await browser.get("/setup")).text.match(/name="key_id"/g)).toHaveLength(1);
  });

  test("nothing is changed without the token of this session", async () => {
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

  test("another connected user can be chosen to answer lookups", async () => {
    const { post, sandbox, service, colleague, key } = await signedIn();
    await connectUser(service, { userId: colleague.id });
    sandbox.firms[0]?.users
      .find(({ id }) => id === colleague.id)
      ?.hiddenContacts.add(cases.janeDoe.contactId);
    expect((await lookup(service, key)).body.found).toBe(true);
    expect((await post("/setup/answering", { user_id: String(colleague.id) })).status).toBe(303);
    expect((await lookup(service, key)).body.found).toBe(false);
  });

  test("what the receptionist would get is shown as it is, errors included", async () => {
    const { post, sandbox } = await signedIn();
    const found = await post("/setup/try", { number: cases.janeDoe.phone });
    expect(found.text).toContain("&quot;matched_on&quot;: &quot;phone&quot;");
    expect(found.text).toContain("&quot;transfer_to&quot;: &quot;Felix Dubinsky&quot;");
    expect((await post("/setup/try", { number: "x" })).text).toContain("invalid_request");
    sandbox.fault({ path: "/api/v4/contacts", kind: "status", status: 500 });
    expect((await post("/setup/try", { number: cases.janeDoe.phone })).text).toContain("clio_error");
  });

  test("signing out forgets this browser alone", async () => {
    const { post, browser, service, key } = await signedIn();
    expect((await post("/setup/sign-out")).text).toContain("signed out");
    expect((await browser.get("/setup")).status).toBe(302);
    expect((await lookup(service, key)).body.found).toBe(true);
  });

  test("a session ends with its connection, its lifetime and its key", async () => {
    const { sandbox, browser, service } = await signedIn();
    const cookie = "session=eyJhbGciOiJkaXIifQ..x.y.z";
    expect((await supertest(service.url).get("/setup").set("Cookie", cookie)).status).toBe(302);
    sandbox.revoke(sandbox.firms[0]?.users[0]?.id ?? 0);
    expect((await browser.get("/setup")).headers.location).toMatch(/^\/connect\?back=/);
  });

  test("a user of another firm sees nothing of this one", async () => {
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
  test("are put in place on connecting, on the records of the setting and no other", async () => {
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

  test("existing ones stay, another address is mended, unwanted ones go, and foreign ones are left alone", async () => {
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

  test("a duplicate that Clio refuses is in place as well", async () => {
    const { sandbox, post } = await signedIn();
    sandbox.fault({
      path: /custom_actions\.json\?/,
      kind: "wrong_shape",
      body: { data: [] },
    });
    expect((await post("/setup/custom-actions")).status).toBe(303);
  });

  test("without the permission the user is connected all the same, and the page names it", async () => {
    const firm = exampleFirm();
    firm.users[0]?.permissions.delete("custom_actions");
    const { page, sandbox, me } = await signedIn({ firms: [firm] });
    expect(page.status).toBe(200);
    expect(page.text).toContain("Custom actions (write)");
    expect(sandbox.customActions.of(me.id)).toEqual([]);
  });

  test("disconnecting takes them out, ends the grant and forgets the user", async () => {
    const { sandbox, post, me, service, key, browser } = await signedIn();
    const page = await post("/setup/disconnect");
    expect(page.status).toBe(200);
    expect(page.text).toContain("disconnected");
    expect(sandbox.customActions.of(me.id)).toEqual([]);
    expect(sandbox.counts.get("/oauth/deauthorize")).toBe(1);
    expect((await lookup(service, key)).body.code).toBe("clio_not_connected");
    expect((await browser.get("/setup")).status).toBe(302);
  });

  test("while Clio cannot be asked, disconnecting leaves everything as it was", async () => {
    const { sandbox, post, service, key } = await signedIn();
    sandbox.fault({ path: "/oauth/deauthorize", kind: "status", status: 500 });
    expect((await post("/setup/disconnect")).status).toBe(502);
    expect((await lookup(service, key)).body.found).toBe(true);
  });
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What the service asks for when it reads a firm, and nothing that `/setup` or signing in asks for. */
const READING = /\/api\/v4\/(contacts|matters|users|webhooks)\.json/;
const ALWAYS = Number.POSITIVE_INFINITY;

/** The section on what is kept, as a reader sees it. */
function directory(html: string): string {
  return inWords(/<section id="directory".*?<\/section>/s.exec(html)?.[0] ?? "");
}

/** The line on it among the state of things. */
function stateLine(html: string): string {
  return inWords(/<dt>Contacts and matters<\/dt>(.*?)<\/div>/s.exec(html)?.[1] ?? "");
}

function inWords(html: string): string {
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

describe("what is kept of Clio", () => {
  test("nothing, where every call asks Clio", async () => {
    const { page } = await signedIn({ env: { DIRECTORY: "live" } });
    expect(stateLine(page.text)).toBe("Asked from Clio at every call");
    expect(directory(page.text)).toContain("Every call asks Clio. Nothing of your clients is kept here");
    expect(page.text).not.toContain("/setup/read-again");
  });

  test("the first read: how far it is, how long it takes, and who answers meanwhile", async () => {
    const sandbox = await sandboxForTest({ firms: [largeFirm()] });
    sandbox.fault({ path: /matters.*page_token/, kind: "hang", times: ALWAYS });
    const service = await serviceForTest(sandbox.url, { env: { DIRECTORY: "mirror" }, pollIntervalMs: 10 });
    const { browser, page } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    // The page with the first key is not loaded again by itself: the key would be gone.
    expect(page.text).toContain('id="bearer-key"');
    expect(page.text).not.toContain("look-again");
    expect(stateLine(page.text)).toContain("Being read from Clio");
    expect(directory(page.text)).toContain("Copy your key before you load this page again.");

    await until(async () => expect((await browser.get("/setup")).text).toContain('value="201" max="451"'));
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain("read from Clio for the first time");
    expect(directory(text)).toContain("every call asks Clio itself, so nobody is missed");
    expect(directory(text)).toContain("201 of 451 contacts and matters read, less than a minute left");
    expect(stateLine(text)).toBe("Being read from Clio: 44 %");
    expect(text).toContain('data-look-again-in="5"');
    expect(text).toContain("/assets/refresh.js");
    expect(text).not.toContain("http-equiv");
    expect(text).not.toContain("/setup/read-again");
  });

  test("ready: how much there is, the last change, the last check, and how changes come", async () => {
    const { browser, sandbox } = await mirroredService();
    const { text } = await browser.get("/setup");
    const [firm] = sandbox.firms;
    expect(directory(text)).toContain(
      `Kept here ${firm?.contacts.length} contacts, ${firm?.matters.length} matters, ${firm?.users.length} users`,
    );
    expect(directory(text)).toContain("Last change May 31, 2026, 3:00 PM UTC");
    expect(directory(text)).toContain("Last check with Clio May 31, 2026, 3:00 PM UTC");
    expect(directory(text)).toContain("Changes in Clio Asked for every 5 minutes");
    expect(directory(text)).toContain("Clio does not tell changes to an address without https");
    expect(stateLine(text)).toBe("Kept here, checked May 31, 2026, 3:00 PM UTC");
    expect(text).not.toContain("look-again");
  });

  test("everything is read again when somebody asks for it, and callers are answered meanwhile", async () => {
    const { browser, sandbox, ask } = await mirroredService();
    sandbox.fault({ path: READING, kind: "hang", times: ALWAYS });
    expect((await poster(browser)("/setup/read-again")).status).toBe(303);
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain(
      "Everything is being read from Clio again. Callers are answered meanwhile.",
    );
    expect(text).toContain("<progress");
    expect(text).not.toContain('action="/setup/read-again"');
    expect((await ask("/lookup-contact", { phone: cases.janeDoe.phone })).body.found).toBe(true);
  });

  test("while Clio cannot be asked: since when, until when callers are answered, and what to do", async () => {
    const { browser, sandbox, clock, ask } = await mirroredService();
    sandbox.fault({ path: READING, kind: "status", status: 500, times: ALWAYS });
    clock.now = Date.parse("2026-05-31T15:20:00Z");
    await until(async () =>
      expect(directory((await browser.get("/setup")).text)).toContain(
        "Clio cannot be asked what has changed.",
      ),
    );
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain(
      "Callers are answered with what Clio had on May 31, 2026, 3:00 PM UTC, until Jun 1, 2026, 3:00 PM UTC",
    );
    expect(directory(text)).toContain("Clio cannot be reached, or does not answer as it should.");
    expect(stateLine(text)).toBe("Kept here, as of May 31, 2026, 3:00 PM UTC");
    expect((await ask("/lookup-contact", { phone: cases.janeDoe.phone })).body.found).toBe(true);
  });

  test("after 24 hours without Clio it is too old to answer from", async () => {
    const { service, sandbox, clock, userId } = await mirrored();
    sandbox.fault({ path: READING, kind: "status", status: 500, times: ALWAYS });
    clock.now += 24 * HOUR;
    const { page } = await connectUser(service, { userId });
    expect(directory(page.text)).toContain("What is kept here is too old to answer from");
    expect(directory(page.text)).toContain("every call asks Clio itself");
    expect(stateLine(page.text)).toBe("Too old: every call asks Clio");
  });

  test("what was missed while the service was off is being brought up to date, and nothing is wrong", async () => {
    const { service, sandbox, clock, userId } = await mirrored();
    sandbox.fault({ path: READING, kind: "hang", times: ALWAYS });
    clock.now += 30 * MINUTE;
    const { page } = await connectUser(service, { userId });
    expect(directory(page.text)).toContain("It is being brought up to date.");
    expect(page.text).not.toContain('class="notice"');
  });

  test.each([
    ["contacts", 403, "Clio refuses to show contacts, matters or users."],
    ["users", 404, "Clio cannot be reached, or does not answer as it should."],
    ["matters", 429, "Clio's limit of requests is used up for the moment."],
  ])("trouble with the first read: %s are answered with %i", async (kind, status, words) => {
    const sandbox = await sandboxForTest();
    const path = new RegExp(`/${kind}\\.json`);
    sandbox.fault({ path, kind: "status", status, retryAfter: 40, times: ALWAYS });
    const service = await serviceForTest(sandbox.url, { env: { DIRECTORY: "mirror" }, pollIntervalMs: 10 });
    const { browser } = await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    await until(async () => expect(directory((await browser.get("/setup")).text)).toContain(words));
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain("every call asks Clio itself");
    expect(text).toContain('data-look-again-in="30"');
  });

  test("a fault of ours is in the log, and the page says so", async () => {
    const { browser, service } = await mirrored();
    const db = new DatabaseSync(service.databaseFile);
    db.exec("update mirrors set trouble = 'internal_error', failures = 1, retry_at = 9e15");
    db.close();
    const { text } = await browser.get("/setup");
    expect(directory(text)).toContain("This service failed while it was reading.");
    expect(directory(text)).toContain("in its log");
  });

  test("another firm's copy is not shown", async () => {
    const { service } = await mirrored({ firms: [exampleFirm(), emptyFirm()] });
    const { browser } = await connectUser(service, { userId: 10_350, setup: SETUP_TOKEN });
    await until(async () =>
      expect(directory((await browser.get("/setup")).text)).toContain("0 contacts, 0 matters, 1 user"),
    );
  });

  test("a Clio that does not answer does not keep the page from being shown", async () => {
    const { browser, sandbox } = await mirrored();
    sandbox.fault({ path: "/api/", kind: "hang", times: ALWAYS });
    const { text, status } = await browser.get("/setup");
    expect(status).toBe(200);
    expect(directory(text)).toContain("Kept here");
    expect(text).toContain("Clio does not say which entries are in place.");
  });
});

/** A service with a complete copy. */
async function mirrored({ firms }: { firms?: Firm[] } = {}) {
  const parts = await mirroredService(firms ? { sandbox: { firms } } : {});
  return { ...parts, service: parts.service, userId: parts.sandbox.firms[0]?.users[0]?.id ?? 0 };
}

function emptyFirm(): Firm {
  const firm = exampleFirm();
  const [first] = firm.users;
  if (!first) throw new Error("the example firm has nobody");
  const users = [{ ...first, id: 10_350, name: "Q. Quill", email: "q@quill.example" }];
  return { account: { id: 88_002, name: "Quill & Partners" }, users, contacts: [], matters: [] };
}

describe("changes in Clio", () => {
  const HTTPS = "https://router.example.com";

  /**
   * The page of a service with an https address. Over plain http nobody can sign in to that, so the session is of before;
   * and the webhooks are seen to as if for the first time.
   */
  async function overHttps(options: Parameters<typeof mirroredService>[0] = {}) {
    const { browser, restart } = await mirroredService(options);
    const { request } = await browser.get("/setup");
    const service = await restart({ PUBLIC_URL: HTTPS });
    const db = new DatabaseSync(service.databaseFile);
    db.exec("update mirrors set hooks_checked_at = null");
    db.close();
    return async () =>
      directory((await supertest(service.url).get("/setup").set("Cookie", request.cookies)).text);
  }

  test.each([
    ["after", "Changes in Clio Told at once"],
    ["never", "Clio has not confirmed yet that it tells changes at once."],
  ] as const)("with a handshake of Clio's: %s its answer", async (handshake, words) => {
    const section = await overHttps({ sandbox: { webhooks: { handshake } } });
    await until(async () => expect(await section()).toContain(words));
  });

  test("when the app may not make webhooks, the page names the permission", async () => {
    const firm = exampleFirm();
    firm.users[0]?.permissions.delete("webhooks");
    const section = await overHttps({ sandbox: { firms: [firm] } });
    await until(async () => expect(await section()).toContain("lacks the permission Webhooks (write)."));
  });
});
