import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { person } from "../../sandbox/firms/firm.ts";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { callLines } from "../../testkit/mirror.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import { quillAndPartners } from "../../testkit/quill-and-partners.ts";
import {
  connectUser,
  consent,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";
import { createServiceEnvironment } from "../../testkit/service-environment.ts";
import { startServiceIn } from "../../testkit/service-process.ts";

const HOUR_MS = 60 * 60_000;
const userId = 350;
const { janeDoe } = exampleCases;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

interface Options {
  sandbox?: SandboxOptions;
  env?: Record<string, string>;
}

/** A sandbox and three services on one database, with the same clock. No firm is connected. */
async function threeServices({ sandbox: options, env = {} }: Options = {}) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ ...options, now });
  const DATABASE_URL = await postgres.freshDatabase();
  const start = () =>
    serviceForTest(sandbox.url, {
      now,
      // Long enough for a slow machine to answer three hundred calls at once.
      env: { DATABASE_URL, DIRECTORY: "live", ANSWER_DEADLINE_MS: "30000", ...env },
    });
  const services = [await start(), await start(), await start()] as const;
  return { clock, sandbox, services, DATABASE_URL };
}

/** The same, with the sandbox's first firm connected through the first service. */
async function connectedServices(options: Options = {}) {
  const running = await threeServices(options);
  const { key, browser, page } = await connectUser(running.services[0], { userId, setup: SETUP_TOKEN });
  if (key === null) throw new Error("no key was shown");
  return { ...running, key, browser, csrf: csrfOn(page.text) };
}

const csrfOn = (page: string) => /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";

const ask = ({ url }: Pick<RunningService, "url">, key: string, phone: string = janeDoe.phone) =>
  supertest(url).get("/lookup-contact").query({ phone }).set("Authorization", `Bearer ${key}`);

/** Makes that many calls at once, distributed over the services. */
const calls = (services: readonly RunningService[], key: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, at) => ask(services[at % services.length] as RunningService, key)),
  );

const eventually = <T>(check: () => Promise<T> | T) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

/** Counts the answers by status, or by code if there is one. */
function tally(answers: readonly { status: number; body: { code?: string } }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = body.code ?? String(status);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe("an expired token", () => {
  it("is refreshed once when three processes get three hundred calls at the same time", async () => {
    const { clock, sandbox, services, key } = await connectedServices({
      sandbox: { tokenLifetimeSeconds: 3600 },
    });
    for (let round = 1; round <= 3; round += 1) {
      if (round % 2) clock.now += 2 * HOUR_MS;
      else sandbox.expireTokens();
      sandbox.counts.clear();
      const answers = await calls(services, key, 300);
      expect(tally(answers)).toEqual({ 200: 300 });
      expect(answers.every(({ body }) => body.found)).toBe(true);
      expect(sandbox.counts.get("/oauth/token")).toBe(1);
    }
  });

  it("is refreshed once if Clio rejects the grant, and every call fails with clio_not_connected", async () => {
    const { clock, sandbox, services, key } = await connectedServices({
      sandbox: { tokenLifetimeSeconds: 3600 },
    });
    sandbox.revoke(userId);
    clock.now += 2 * HOUR_MS;
    sandbox.counts.clear();
    expect(tally(await calls(services, key, 300))).toEqual({ clio_not_connected: 300 });
    expect(sandbox.counts.get("/oauth/token")).toBe(1);
  });
});

describe("the OAuth callback", () => {
  it("works once, also at another process than the one that started", async () => {
    const { services } = await threeServices();
    const [one, other, third] = services;
    const browser = one.browser();
    const back = await consent(browser, { userId, setup: SETUP_TOKEN });
    const cookie = cookiesOf(browser, one);
    const connected = await supertest(other.url).get(back).set("Cookie", cookie);
    expect([connected.status, connected.headers.location]).toEqual([302, "/setup"]);
    for (const { url } of [one, other, third])
      expect((await supertest(url).get(back).set("Cookie", cookie)).status).toBe(400);
  });

  it("works at one of two processes that get it at the same time", async () => {
    const { services, sandbox } = await threeServices();
    const [one, other, third] = services;
    for (let round = 1; round <= 5; round += 1) {
      const browser = one.browser();
      const back = await consent(browser, { userId, setup: SETUP_TOKEN });
      const cookie = cookiesOf(browser, one);
      const before = sandbox.counts.get("/oauth/token") ?? 0;
      const ends = await Promise.all(
        [other, third].map(({ url }) => supertest(url).get(back).set("Cookie", cookie)),
      );
      expect(ends.map(({ status }) => status).sort()).toEqual([302, 400]);
      expect(sandbox.counts.get("/oauth/token")).toBe(before + 1);
    }
  });
});

/** The cookies that a browser has from one service, to send them to another. */
function cookiesOf(browser: ReturnType<RunningService["browser"]>, { url }: RunningService): string {
  const { hostname, pathname } = new URL(url);
  return browser.jar
    .getCookies({ domain: hostname, path: pathname, secure: false, script: false })
    .map(({ name, value }) => `${name}=${value}`)
    .join("; ");
}

describe("the setup link that is generated at start", () => {
  it("is the same for every process, and admits one firm in total", async () => {
    const { services, sandbox } = await threeServices({
      sandbox: { firms: [exampleFirm(), quillAndPartners()] },
      env: { SETUP_TOKEN: "" },
    });
    const links = services.map(({ setupLink }) => setupLink);
    expect(links[0]).toContain("/connect?setup=");
    expect(new Set(links).size).toBe(1);
    const setup = new URL(links[0] ?? "").searchParams.get("setup") ?? "";
    const firms = sandbox.firms.map(({ users }) => users[0]?.id ?? 0);
    const ends = await Promise.all(
      firms.map(async (userId, at) => {
        const service = services[at + 1] as RunningService;
        const browser = service.browser();
        return (await browser.get(await consent(browser, { userId, setup }))).status;
      }),
    );
    expect(ends.sort()).toEqual([302, 403]);
    for (const service of services) {
      const late = await Promise.all(
        firms.map(async (userId) => (await connectUser(service, { userId, setup })).page.status),
      );
      expect(late.sort()).toEqual([200, 403]);
    }
  });
});

describe("the setup link that is generated at start, after its firm was removed", () => {
  it("is refused by every process, and not printed again", async () => {
    const env = { SETUP_TOKEN: "" };
    const { services, sandbox, DATABASE_URL } = await threeServices({ env });
    const [one] = services;
    const setup = new URL(one.setupLink ?? "").searchParams.get("setup") ?? "";
    await connectUser(one, { userId, setup });
    const store = await openStore(one.settings.databaseUrl, createSealer(one.settings.secretKeys));
    for (const { id } of await store.firms.list()) await store.firms.remove(id);
    expect(await store.firms.count()).toBe(0);
    await store.close();
    const next = await serviceForTest(sandbox.url, { env: { DATABASE_URL, DIRECTORY: "live", ...env } });
    expect(next.setupLink).toBeNull();
    for (const { url } of [...services, next]) {
      const page = await supertest(url).get("/connect").query({ setup });
      expect(page.status).toBe(403);
    }
  });
});

describe("forged clicks", () => {
  const click = ({ url }: RunningService, at: number) =>
    supertest(url)
      .get("/clio-action")
      .set("X-Forwarded-For", `203.0.113.${at}`)
      .query({
        custom_action_id: 1,
        user_id: userId,
        subject_url: `/api/v4/matters/${janeDoe.matterId}`,
        custom_action_nonce: `invented-${at}`,
      });

  it("together spend at most 20 of a user's requests to Clio a minute, at all processes", async () => {
    const { services, sandbox, clock } = await connectedServices();
    const requests = () => sandbox.counts.get("/api/v4/matters/:id") ?? 0;
    const before = requests();
    const burst = (from: number) =>
      Promise.all(
        Array.from({ length: 60 }, (_, at) => click(services[at % 3] as RunningService, from + at)),
      );
    expect(tally(await burst(1))).toEqual({ 403: 20, 429: 40 });
    expect(requests() - before).toBe(20);
    clock.now += 60_000;
    expect(tally(await burst(101))[403]).toBe(20);
    expect(requests() - before).toBe(40);
  });
});

describe("invalid API keys", () => {
  it("are counted over all processes, and a valid one is never limited", async () => {
    const { services, key } = await connectedServices();
    const wrong = await calls(services, "ccr_000000000000_wrong", 30);
    expect(tally(wrong)).toEqual({ unauthorized: 30 });
    for (const service of services) {
      const { status, body, headers } = await ask(service, "ccr_000000000000_wrong");
      expect([status, body.code]).toEqual([429, "too_many_requests"]);
      expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    }
    expect(tally(await calls(services, key, 60))).toEqual({ 200: 60 });
  });
});

describe("sessions and API keys", () => {
  it("are valid at every process, and end at all of them at once", async () => {
    const { services, key, browser, csrf } = await connectedServices();
    const [one, ...others] = services;
    const cookie = cookiesOf(browser, one);
    const statuses = () =>
      Promise.all(
        services.map(async ({ url }) => (await supertest(url).get("/setup").set("Cookie", cookie)).status),
      );
    expect(await statuses()).toEqual([200, 200, 200]);
    expect(tally(await calls(services, key, 3))).toEqual({ 200: 3 });

    const [other] = others as [RunningService, ...RunningService[]];
    const page = (await supertest(other.url).get("/setup").set("Cookie", cookie)).text;
    const keyId = /name="key_id" value="([^"]+)"/.exec(page)?.[1];
    expect(csrfOn(page)).toBe(csrf);
    const post = (path: string, fields: Record<string, string>) =>
      supertest(other.url)
        .post(path)
        .set("Cookie", cookie)
        .type("form")
        .send({ csrf, ...fields });
    expect((await post("/setup/keys/revoke", { key_id: keyId ?? "" })).status).toBeLessThan(400);
    expect(tally(await calls([other], key, 3))).toEqual({ unauthorized: 3 });
    // The others may have verified it less than a second ago. Each is asked until it refuses, because refusals are limited.
    for (const service of services)
      await eventually(async () =>
        expect(tally(await calls([service], key, 1))).toEqual({ unauthorized: 1 }),
      );

    expect((await post("/setup/disconnect", {})).status).toBe(200);
    expect(await statuses()).toEqual([302, 302, 302]);
  });

  it.each(["sign-out", "sign-out-everywhere", "disconnect"])(
    "copies of a cookie are refused by every process after %s, and after signing in again",
    async (form) => {
      const { services, browser, csrf } = await connectedServices();
      const [one, other, third] = services;
      const cookie = cookiesOf(browser, one);
      const ended = await supertest(other.url)
        .post(`/setup/${form}`)
        .set("Cookie", cookie)
        .type("form")
        .send({ csrf });
      expect(ended.status).toBe(200);
      await connectUser(third, { userId });
      for (const { url } of services)
        expect((await supertest(url).get("/setup").set("Cookie", cookie)).status).toBe(302);
    },
  );
});

describe("Clio's rate limit", () => {
  it("is shared by all processes: no request is sent that Clio would refuse", async () => {
    const { sandbox, services, key, clock } = await connectedServices({
      sandbox: { requestsPerMinute: 50 },
      env: { ANSWER_DEADLINE_MS: "2500" },
    });
    for (let minute = 1; minute <= 3; minute += 1) {
      const answers = await calls(services, key, 90);
      const { 200: answered = 0, clio_rate_limited: refused = 0, ...others } = tally(answers);
      expect(others).toEqual({});
      expect(answered + refused).toBe(90);
      expect(refused).toBeGreaterThan(0);
      for (const { body, headers } of answers)
        if (body.code === "clio_rate_limited") expect(Number(headers["retry-after"])).toBeGreaterThan(0);
      clock.now += 60_000;
    }
    expect(sandbox.requests.filter(({ status }) => status === 429)).toEqual([]);
    expect(services.flatMap(callLines).filter(({ status }) => status === 200).length).toBeGreaterThan(100);
  });
});

describe("a mirror", () => {
  /** A separate process, with the system clock, that is reading a firm of 3,000 contacts; and a service that waits for it. */
  async function syncingProcess() {
    const { firm } = generatedFirm({ contacts: 3_000, seed: 5, matters: 400 });
    const sandbox = await sandboxForTest({ firms: [firm] });
    const userId = firm.users[0]?.id ?? 0;
    const DATABASE_URL = await postgres.freshDatabase();
    const admitting = await serviceForTest(sandbox.url, { env: { DATABASE_URL } });
    const { key } = await connectUser(admitting, { userId, setup: SETUP_TOKEN });
    await admitting.close();

    const env = { DATABASE_URL, DIRECTORY: "mirror", PUBLIC_URL: "https://calls.hollisvance.example" };
    // Slow down each page, so that the sync is still running when the tests go on.
    sandbox.fault({ kind: "latency", ms: 150, path: /\/contacts/, times: Number.POSITIVE_INFINITY });
    const environment = await createServiceEnvironment(sandbox.url, {
      env: { ...env, SECRET_KEY: Buffer.alloc(32).toString("base64") },
    });
    sandbox.webhooks.deliverTo = environment.url;
    const reader = await startServiceIn(environment);
    onTestFinished(async () => {
      await reader[Symbol.asyncDispose]();
      environment[Symbol.dispose]();
    });
    const pages = () =>
      sandbox.requests
        .filter(({ path }) => path.includes("order=id") && !path.includes("query="))
        .map(({ path }) => path);
    await eventually(() => expect(sandbox.counts.get("/api/v4/contacts") ?? 0).toBeGreaterThan(3));
    const clock = { ahead: 0 };
    const waiting = await serviceForTest(sandbox.url, {
      env,
      pollIntervalMs: 10,
      now: () => Date.now() + clock.ahead,
    });
    sandbox.webhooks.deliverTo = waiting.url;
    return { sandbox, reader, waiting, clock, pages, key: key ?? "", userId };
  }

  const complete = (service: RunningService) =>
    eventually(async () => {
      const { text } = await supertest(service.url).get("/metrics");
      expect(text).toMatch(/^clio_mirror_age_seconds /m);
      return text;
    });

  it("is read by one process, and if that is killed, by another from the same page on", async () => {
    const { reader, waiting, clock, pages } = await syncingProcess();
    await eventually(() => expect(pages().length).toBeGreaterThan(6));
    expect(new Set(pages()).size).toBe(pages().length);
    reader.signal("SIGKILL");
    const before = pages();
    expect(before.length).toBeLessThan(15);
    // The killed process has its lease for twenty seconds.
    clock.ahead += 21_000;
    const metrics = await complete(waiting);
    const after = pages();
    // Only the page that was being read is requested again.
    expect(after.length - new Set(after).size).toBeLessThanOrEqual(1);
    expect(metrics).toContain('clio_mirror_records{kind="contacts"} 3000');
    expect(metrics).toContain('clio_mirror_records{kind="matters"} 400');
  });

  it("includes a change that Clio reports to another process during the sync", async () => {
    const { sandbox, waiting, key, pages } = await syncingProcess();
    sandbox.changes().addContact(person(1, "Nora Quill", { phones: ["(415) 555-0188"] }));
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries.map(({ status }) => status)).toEqual([200]);
    const { text } = await supertest(waiting.url).get("/metrics");
    expect(text).toContain('clio_webhook_deliveries_total{outcome="noted"} 1');
    await complete(waiting);
    const { body } = await ask(waiting, key, "+14155550188");
    expect(body.data?.id).toBe(1);
    expect(callLines(waiting).at(-1)).toMatchObject({ directory: "mirror", clio_requests: 0 });
    expect(new Set(pages()).size).toBe(pages().length);
  });
});
