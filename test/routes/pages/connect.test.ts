import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { company, type Firm } from "../../../sandbox/firms/firm.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { INVITATION_LIFETIME_MS } from "../../../src/store/repositories/invitations.ts";
import { openStore } from "../../../src/store/store.ts";
import {
  connectedService,
  connectUser,
  consent,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const MINUTE = 60_000;

/** The example firm, and a firm that isn't admitted. */
function twoFirms(): [Firm, Firm] {
  const firm = exampleFirm();
  const [user] = firm.users;
  if (!user) throw new Error("the example firm has no users");
  const other: Firm = {
    account: { ...firm.account, id: 9_900_001, name: "Strangers & Partners" },
    users: [{ ...user, id: 990_001, name: "Sam Stranger", email: "sam@strangers.example" }],
    contacts: [company(990_002, "Nobody Inc")],
    matters: [],
  };
  return [firm, other];
}

/** Creates an invitation in the running service's database, as `npm run firms` does. */
async function invitationTo({ settings }: RunningService, now = Date.now()): Promise<string> {
  const store = await openStore(settings.databaseUrl, createSealer(settings.secretKeys), () => now);
  const { token } = await store.invitations.create();
  await store.close();
  return token;
}

describe("connecting", () => {
  test("the setup token admits a firm, whose first key is shown once", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const [first, second] = sandbox.firms[0]?.users ?? [];

    const { page, key } = await connectUser(service, { userId: first?.id ?? 0, setup: SETUP_TOKEN });
    expect(page.status).toBe(200);
    expect(key).toMatch(/^ccr_/);
    expect(page.headers["cache-control"]).toBe("no-store");

    const again = await connectUser(service, { userId: second?.id ?? 0 });
    expect(again.page.status).toBe(200);
    expect(again.key).toBeNull();
  });

  test("without an admitted firm, a valid setup token is required", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    for (const path of ["/connect", "/connect?setup=wrong", "/connect?setup="]) {
      const answer = await supertest(service.url).get(path);
      expect(answer.status).toBe(403);
      expect(answer.type).toBe("text/html");
      expect(answer.text).toContain("This service isn&#39;t set up yet");
    }
    expect(sandbox.counts.size).toBe(0);
  });

  test("limits invalid setup tokens by address, and never the valid one", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const sendInvalidToken = () => supertest(service.url).get("/connect").query({ setup: "invalid" });
    for (let i = 0; i < 30; i += 1) expect((await sendInvalidToken()).status).toBe(403);
    const limited = await sendInvalidToken();
    expect([limited.status, limited.type]).toEqual([429, "text/html"]);
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    expect((await supertest(service.url).get("/connect").query({ setup: SETUP_TOKEN })).status).toBe(302);
  });

  test("refuses a firm that isn't admitted, and stores nothing about it", async () => {
    const [firm, other] = twoFirms();
    const sandbox = await sandboxForTest({ firms: [firm, other] });
    const service = await serviceForTest(sandbox.url);
    await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });

    for (const setup of [undefined, "wrong"]) {
      const { page } = await connectUser(service, { userId: 990_001, ...(setup && { setup }) });
      expect(page.status).toBe(403);
      expect(page.text).toContain(setup ? "This setup link is not valid" : "Your firm is not connected");
    }
    const db = new DatabaseSync(service.databaseFile, { readOnly: true });
    expect(db.prepare("select id from firms").all()).toHaveLength(1);
    expect(db.prepare("select user_id from connections").all()).toHaveLength(1);
    db.close();
    const bytes = await readFile(service.databaseFile);
    expect(bytes.includes("Strangers")).toBe(false);
  });

  test("the configured setup token admits any number of firms, and a generated one only the first", async () => {
    const [firm, other] = twoFirms();
    const sandbox = await sandboxForTest({ firms: [firm, other] });
    const userId = firm.users[0]?.id ?? 0;

    const configured = await serviceForTest(sandbox.url);
    await connectUser(configured, { userId, setup: SETUP_TOKEN });
    expect((await connectUser(configured, { userId: 990_001, setup: SETUP_TOKEN })).page.status).toBe(200);
    expect(configured.setupLink).toBeNull();

    const generated = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: "" } });
    const setup = new URL(generated.setupLink ?? "").searchParams.get("setup") ?? "";
    const late = generated.browser();
    const lateWayBack = await consent(late, { userId: 990_001, setup });
    expect((await connectUser(generated, { userId, setup })).page.status).toBe(200);
    const tooLate = await late.get(lateWayBack);
    expect(tooLate.status).toBe(403);
    expect(tooLate.text).toContain("This setup link has been used");
  });

  test("an invitation admits one firm, with or without SETUP_TOKEN", async () => {
    const [firm, other] = twoFirms();
    const sandbox = await sandboxForTest({ firms: [firm, other] });
    const userId = firm.users[0]?.id ?? 0;
    for (const token of [SETUP_TOKEN, ""]) {
      const service = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: token } });
      const first = await invitationTo(service);
      expect((await connectUser(service, { userId, setup: first })).page.status).toBe(200);

      const used = await connectUser(service, { userId: 990_001, setup: first });
      expect(used.page.status).toBe(403);
      expect(used.page.text).toContain("This setup link is not valid");
      const another = await connectUser(service, { userId: 990_001, setup: await invitationTo(service) });
      expect([another.page.status, another.key]).toEqual([200, expect.stringMatching(/^ccr_/)]);
    }
  });

  test("an admitted firm, a declined consent or an error in Clio doesn't use up an invitation", async () => {
    const [firm, other] = twoFirms();
    const sandbox = await sandboxForTest({ firms: [firm, other] });
    const service = await serviceForTest(sandbox.url);
    const userId = firm.users[0]?.id ?? 0;
    await connectUser(service, { userId, setup: SETUP_TOKEN });
    const setup = await invitationTo(service);

    expect((await connectUser(service, { userId, setup })).page.status).toBe(200);
    const declining = service.browser();
    const declined = await declining.get(
      await consent(declining, { userId: 990_001, setup, decision: "decline" }),
    );
    expect(declined.text).toContain(`href="/connect?setup=${setup}"`);
    const failing = service.browser();
    const wayBack = await consent(failing, { userId: 990_001, setup });
    sandbox.fault({ path: "/api/v4/users/who_am_i", kind: "status", status: 500 });
    expect((await failing.get(wayBack)).status).toBe(502);

    expect((await connectUser(service, { userId: 990_001, setup })).page.status).toBe(200);
  });

  test("if two firms use one invitation at the same time, only one is admitted", async () => {
    const [firm, other] = twoFirms();
    const sandbox = await sandboxForTest({ firms: [firm, other] });
    const service = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: "" } });
    const setup = await invitationTo(service);
    const visitors = await Promise.all(
      [firm.users[0]?.id ?? 0, 990_001].map(async (userId) => {
        const browser = service.browser();
        return { browser, wayBack: await consent(browser, { userId, setup }) };
      }),
    );
    const answers = await Promise.all(visitors.map(({ browser, wayBack }) => browser.get(wayBack)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([302, 403]);
    expect(answers.find(({ status }) => status === 403)?.text).toContain("This setup link is not valid");
    const db = new DatabaseSync(service.databaseFile, { readOnly: true });
    expect(db.prepare("select id from firms").all()).toHaveLength(1);
    db.close();
  });

  test("an expired invitation counts as a failed attempt, and a valid one never does", async () => {
    let now = Date.now();
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url, { now: () => now });
    const setup = await invitationTo(service, now);
    const open = () => supertest(service.url).get("/connect").query({ setup });
    for (let i = 0; i < 40; i += 1) expect((await open()).status).toBe(302);
    now += INVITATION_LIFETIME_MS;
    for (let i = 0; i < 30; i += 1) {
      const answer = await open();
      expect([answer.status, answer.type]).toEqual([403, "text/html"]);
      expect(answer.text).toContain("This service isn&#39;t set up yet");
    }
    expect((await open()).status).toBe(429);
  });

  test("a generated setup link works once, even if the firm it admitted is removed", async () => {
    const [firm, other] = twoFirms();
    const sandbox = await sandboxForTest({ firms: [firm, other] });
    const service = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: "" } });
    const setup = new URL(service.setupLink ?? "").searchParams.get("setup") ?? "";
    const late = service.browser();
    const lateWayBack = await consent(late, { userId: 990_001, setup });
    await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup });
    const store = await openStore(service.settings.databaseUrl, createSealer(service.settings.secretKeys));
    for (const { id } of await store.firms.list()) await store.firms.remove(id);

    const tooLate = await late.get(lateWayBack);
    expect([tooLate.status, tooLate.type]).toEqual([403, "text/html"]);
    expect(tooLate.text).toContain("This setup link has been used");
    const page = await supertest(service.url).get("/connect").query({ setup });
    expect([page.status, page.text.includes("This setup link has been used")]).toEqual([403, true]);
    expect(await store.firms.count()).toBe(0);
    const { token } = await store.invitations.create();
    await store.close();
    await service.close();

    const again = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: "" }, folder: service.folder });
    expect(again.setupLink).toBeNull();
    expect((await supertest(again.url).get("/connect")).text).toContain("Ask the operator of this service");
    expect((await connectUser(again, { userId: 990_001, setup: token })).page.status).toBe(200);
  });

  test("slows down wrong setup tokens from many addresses, and still accepts the right one", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const guess = (setup: string, address: string) =>
      supertest(service.url).get("/connect").query({ setup }).set("X-Forwarded-For", address);
    for (let at = 1; at <= 60; at += 1) expect((await guess("wrong", `203.0.113.${at}`)).status).toBe(403);
    // More than can wait: those that don't fit are refused, and one from a new address takes precedence.
    const flood = Promise.all(
      Array.from({ length: 60 }, async (_, at) => (await guess("wrong", `203.0.113.${at + 1}`)).status),
    );
    const right = await guess(SETUP_TOKEN, "198.51.100.1");
    expect(right.status).toBe(302);
    const statuses = await flood;
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status !== 429 && status !== 403)).toEqual([]);
  });

  test("generates no setup link once a firm is admitted", async () => {
    const { service, sandbox } = await connectedService();
    await service.close();
    const again = await serviceForTest(sandbox.url, { env: { SETUP_TOKEN: "" }, folder: service.folder });
    expect(again.setupLink).toBeNull();
  });

  test("has a page each for a declined consent, another browser, a reused link and a late return", async () => {
    let now = Date.now();
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url, { now: () => now });
    const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
    const setup = SETUP_TOKEN;

    const declining = service.browser();
    const declined = await declining.get(await consent(declining, { userId, setup, decision: "decline" }));
    expect(declined.status).toBe(403);
    expect(declined.text).toContain("Access was declined");
    expect(declined.text).toContain(`href="/connect?setup=${SETUP_TOKEN}"`);

    const browser = service.browser();
    const wayBack = await consent(browser, { userId, setup });
    expect((await service.browser().get(wayBack)).text).toContain("This sign-in started in another browser");
    expect((await browser.get(wayBack)).headers.location).toBe("/setup");
    const replayed = await browser.get(wayBack);
    expect(replayed.status).toBe(400);
    expect(replayed.text).toContain("This sign-in has been used");

    const slow = service.browser();
    const lateWayBack = await consent(slow, { userId });
    now += 10 * MINUTE + 1000;
    const late = await slow.get(lateWayBack);
    expect(late.status).toBe(400);
    expect(late.text).toContain("This sign-in took too long");
  });

  test("refuses a code that Clio rejects, and a state from elsewhere", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
    const browser = service.browser();
    const wayBack = await consent(browser, { userId, setup: SETUP_TOKEN });
    const code = new URL(wayBack, service.url).searchParams.get("code") ?? "";
    const refused = await browser.get(wayBack.replace(encodeURIComponent(code), "not-a-code"));
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("no longer valid");

    for (const state of ["nonsense", "a.b.c.d.e", "", "x".repeat(9_000)]) {
      const foreign = await browser.get("/oauth/callback").query({ state, code: "any" });
      expect(foreign.status).toBe(400);
    }
    expect((await browser.get("/oauth/callback")).text).toContain("state is required.");
  });

  test("limits refused sign-ins by address before a request to Clio, and never the accepted ones", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
    for (let at = 1; at <= 35; at += 1)
      expect((await connectUser(service, { userId, setup: SETUP_TOKEN })).page.status).toBe(200);
    sandbox.counts.clear();
    const signIn = async (address: string) => {
      const browser = service.browser();
      const start = await browser.get("/connect").query({ setup: SETUP_TOKEN });
      const state = new URL(start.headers.location ?? "").searchParams.get("state") ?? "";
      return browser.get("/oauth/callback").query({ code: "made-up", state }).set("X-Forwarded-For", address);
    };
    for (let at = 1; at <= 30; at += 1) expect((await signIn("203.0.113.1")).status).toBe(400);
    for (let at = 1; at <= 10; at += 1) {
      const refused = await signIn("203.0.113.1");
      expect([refused.status, refused.type]).toEqual([429, "text/html"]);
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    }
    expect(sandbox.counts.get("/oauth/token")).toBe(30);
    expect((await signIn("203.0.113.2")).status).toBe(400);
  });

  test("sends no more of them to Clio if they come at the same time", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const visitors = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const browser = service.browser();
        const start = await browser.get("/connect").query({ setup: SETUP_TOKEN });
        return { browser, state: new URL(start.headers.location ?? "").searchParams.get("state") ?? "" };
      }),
    );
    await Promise.all(
      visitors.map(({ browser, state }) => browser.get("/oauth/callback").query({ code: "made-up", state })),
    );
    expect(sandbox.counts.get("/oauth/token")).toBe(30);
  });

  test("binds the code to this sign-in with PKCE", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
    const start = await service.browser().get("/connect").query({ setup: SETUP_TOKEN });
    const authorize = new URL(start.headers.location ?? "").searchParams;
    expect(authorize.get("code_challenge")).toMatch(/^[\w-]{43}$/);
    expect(authorize.get("code_challenge_method")).toBe("S256");

    // A code that was issued for another sign-in is refused, although it is fresh.
    const [mine, theirs] = [service.browser(), service.browser()];
    const wayBack = new URL(await consent(mine, { userId, setup: SETUP_TOKEN }), service.url);
    const foreign = new URL(await consent(theirs, { userId, setup: SETUP_TOKEN }), service.url);
    wayBack.searchParams.set("code", foreign.searchParams.get("code") ?? "");
    const injected = await mine.get(wayBack.pathname + wayBack.search);
    expect(injected.status).toBe(400);
    expect(injected.text).toContain("no longer valid");
  });

  test("ends the access of refused users in Clio at once, and shows the same page if that fails", async () => {
    const [firm, other] = twoFirms();
    const sandbox = await sandboxForTest({ firms: [firm, other] });
    const service = await serviceForTest(sandbox.url);
    await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    for (const setup of [undefined, "wrong"]) {
      sandbox.counts.clear();
      const { page } = await connectUser(service, { userId: 990_001, ...(setup && { setup }) });
      expect(page.status).toBe(403);
      expect(sandbox.counts.get("/oauth/deauthorize")).toBe(1);
    }
    for (const fault of [{ kind: "status", status: 500 }, { kind: "reset" }, { kind: "hang" }] as const) {
      sandbox.fault({ path: "/oauth/deauthorize", ...fault });
      const { page } = await connectUser(service, { userId: 990_001 });
      expect(page.status).toBe(403);
      expect(page.text).toContain("Your firm is not connected");
    }
  });

  test("errors in Clio during the sign-in are shown as pages, and nothing is stored", async () => {
    const sandbox = await sandboxForTest();
    const service = await serviceForTest(sandbox.url);
    const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
    for (const path of ["/oauth/token", "/api/v4/users/who_am_i"]) {
      const browser = service.browser();
      const wayBack = await consent(browser, { userId, setup: SETUP_TOKEN });
      sandbox.fault({ path, kind: "status", status: 500 });
      const answer = await browser.get(wayBack);
      expect(answer.status).toBe(502);
      expect(answer.type).toBe("text/html");
    }
    expect((await supertest(service.url).get("/connect")).status).toBe(403);
  });

  test("the cookie is HttpOnly, and Secure with https", async () => {
    const sandbox = await sandboxForTest();
    for (const [publicUrl, secure] of [
      ["http://localhost:3000", false],
      ["https://router.firm.example", true],
    ] as const) {
      const service = await serviceForTest(sandbox.url, { env: { PUBLIC_URL: publicUrl } });
      const answer = await supertest(service.url).get("/connect").query({ setup: SETUP_TOKEN });
      const cookie = String(answer.headers["set-cookie"]);
      expect(cookie).toContain("HttpOnly");
      expect(cookie).toContain("SameSite=Lax");
      expect(cookie.includes("Secure")).toBe(secure);
      const authorize = new URL(answer.headers.location ?? "");
      expect(authorize.searchParams.get("redirect_uri")).toBe(`${publicUrl}/oauth/callback`);
      expect(authorize.searchParams.get("redirect_on_decline")).toBe("true");
      expect(authorize.href).not.toContain(SETUP_TOKEN);
    }
  });
});
