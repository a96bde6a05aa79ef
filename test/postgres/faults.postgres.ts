import { join } from "node:path";
import pg from "pg";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { person } from "../../sandbox/firms/firm.ts";
import { freePort } from "../../sandbox/free-port.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { startCommand } from "../../testkit/command.ts";
import { callLines, complete } from "../../testkit/mirror.ts";
import { type PostgresServer, startPostgres } from "../../testkit/postgres.ts";
import {
  connectUser,
  consent,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const PASSWORD = "the-password-of-the-database";
const DEADLINE = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const { janeDoe } = exampleCases;
const userId = 350;
const SEALER = createSealer([new Uint8Array(32).fill(1)]);

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** A database of its own, whose address has a password in it that must not be seen anywhere. */
async function databaseForTest(server = postgres): Promise<string> {
  const url = new URL(await server.freshDatabase());
  url.password = PASSWORD;
  return url.href;
}

interface Options {
  server?: PostgresServer;
  env?: Record<string, string>;
  pollIntervalMs?: number;
}

/** A firm that is connected, and answered from its mirror or live; everything goes by one clock. */
async function connectedFirm({ server = postgres, env = {}, pollIntervalMs = 10 }: Options = {}) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ now });
  const DATABASE_URL = await databaseForTest(server);
  const start = (more: Record<string, string> = {}) =>
    serviceForTest(sandbox.url, {
      now,
      pollIntervalMs,
      env: {
        DATABASE_URL,
        DIRECTORY: "mirror",
        ANSWER_DEADLINE_MS: String(DEADLINE),
        LOG_LEVEL: "trace",
        ...env,
        ...more,
      },
    });
  const service = await start();
  const { key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  if (key === null) throw new Error("no key was shown");
  if (service.settings.directory === "mirror") await complete(service);
  // Before the service's own end, which is to be seen with a server that is there again.
  onTestFinished(() => server.recover());
  return { sandbox, service, start, key, clock, DATABASE_URL };
}

const ask = (service: Pick<RunningService, "url">, key: string, phone: string = janeDoe.phone) =>
  supertest(service.url).get("/lookup-contact").query({ phone }).set("Authorization", `Bearer ${key}`);

/** So many calls at once, all of which get their answer. */
const calls = (service: RunningService, key: string, count = 40) =>
  Promise.all(Array.from({ length: count }, () => ask(service, key)));

const readiness = async ({ url }: RunningService) => (await supertest(url).get("/readyz")).status;

/** Longer than any limit after which the service gives a connection up. */
const eventually = <T>(check: () => Promise<T> | T) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

/** What a caller may be told while the store is away, and nothing else. */
function expectAnswerOrProblem({ status, type, body }: Awaited<ReturnType<typeof ask>>): void {
  const told = { status, type, found: body.found, code: body.code };
  const answer = { status: 200, type: "application/json", found: true };
  const problem = { status: 500, type: "application/problem+json", code: "internal_error" };
  expect(told).toEqual(status === 200 ? answer : problem);
}

/** The service's own measure. What waits for a store that hangs would take seven seconds; the machine may be busy. */
function expectAnswersInTime(service: RunningService): void {
  for (const line of callLines(service)) expect(line.ms).toBeLessThan(4 * DEADLINE);
}

function expectNoSecretIn(text: string): void {
  expect(text).not.toContain(PASSWORD);
  expect(text).not.toContain("postgres://");
}

describe("a server", () => {
  it.each<[string, "mirror" | "live", () => Promise<unknown> | unknown]>([
    ["is stopped", "mirror", () => postgres.stop("fast")],
    ["crashes", "mirror", () => postgres.stop("immediate")],
    ["hangs", "mirror", () => postgres.signal("SIGSTOP")],
    ["hangs", "live", () => postgres.signal("SIGSTOP")],
    ["breaks every connection", "mirror", () => postgres.breakConnections()],
    ["breaks every connection", "live", () => postgres.breakConnections()],
  ])(
    "that %s (%s): callers are told in time, and it is used again once it is back",
    async (_, directory, goAway) => {
      const { service, sandbox, key, clock } = await connectedFirm({ env: { DIRECTORY: directory } });
      // Clio's limit is known from the first answer.
      await ask(service, key);
      const meanwhile = calls(service, key);
      await goAway();
      const after = calls(service, key);
      for (const answer of [...(await meanwhile), ...(await after)]) expectAnswerOrProblem(answer);

      await postgres.recover();
      sandbox.changes().addContact(person(2_700_000_001, "Nora Quill", { phones: ["(415) 555-0188"] }));
      clock.now += 6 * MINUTE;
      await eventually(async () => {
        expect(await readiness(service)).toBe(200);
        const { body } = await ask(service, key, "+14155550188");
        expect(body.data?.id).toBe(2_700_000_001);
      });
      for (const answer of await calls(service, key)) expect(answer.body.found).toBe(true);
      expectAnswersInTime(service);
      expectNoSecretIn(service.logLines.join(""));
    },
  );
});

describe("a server that is away", () => {
  it.each<[string, () => Promise<void> | void]>([
    ["stopped", () => postgres.stop()],
    ["hanging", () => postgres.signal("SIGSTOP")],
  ])("makes the service unready: %s", async (_, goAway) => {
    const { service } = await connectedFirm({ env: { DIRECTORY: "live" } });
    await goAway();
    const { status, body } = await supertest(service.url).get("/readyz");
    expect([status, body.status]).toEqual([503, "not ready"]);
    expect(body.reason).toMatch(/^The database isn't responding \(.+\)\.$/);
    expectNoSecretIn(body.reason);
    expect((await supertest(service.url).get("/healthz")).status).toBe(200);
    await postgres.recover();
    await eventually(async () => expect(await readiness(service)).toBe(200));
  });

  it("does not fill the log, however long it is away", async () => {
    const { service } = await connectedFirm({ pollIntervalMs: 1 });
    await postgres.stop();
    for (let asked = 0; asked < 400; asked += 1) expect(await readiness(service)).toBe(503);
    const lines = service.logLines.filter((line) => JSON.parse(line).msg === "mirror");
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(15);
    expectNoSecretIn(service.logLines.join(""));
  });

  it.each<[string, () => Promise<void> | void]>([
    ["stopped", () => postgres.stop()],
    ["hanging", () => postgres.signal("SIGSTOP")],
  ])("does not hold up the end of the service: %s", async (_, goAway) => {
    const { service, key, sandbox, start } = await connectedFirm({ env: { DIRECTORY: "live" } });
    const other = await start();
    await ask(service, key);
    sandbox.expireTokens();
    sandbox.fault({ kind: "latency", ms: 500, path: "/oauth/token" });
    const refreshing = Promise.all([ask(service, key), ask(other, key)]);
    // One of them refreshes the token, and the other one waits for its turn.
    await eventually(() => expect(sandbox.counts.get("/oauth/token")).toBe(2));
    await goAway();
    const inFlight = calls(service, key, 10);
    // Whoever came before this was let in.
    await supertest(service.url).get("/healthz");
    const begun = performance.now();
    await Promise.all([service.close(), other.close()]);
    // Docker kills whoever takes ten seconds; waiting for every answer of the server would take twenty.
    expect(performance.now() - begun).toBeLessThan(10_000);
    for (const answer of await inFlight) expectAnswerOrProblem(answer);
    // Whether it is Clio that a token is waited for, or the store, cannot be told.
    for (const { status } of await refreshing) expect([200, 500, 504]).toContain(status);
  });

  it.each<[string, string, () => Promise<void> | void]>([
    ["stopped", "connect ECONNREFUSED", () => postgres.stop()],
    ["hanging", "it does not answer", () => postgres.signal("SIGSTOP")],
  ])("ends the start of the service with a sentence: %s", async (_, reason, goAway) => {
    const url = new URL(await databaseForTest());
    onTestFinished(() => postgres.recover());
    await goAway();
    // A name of several addresses: what is wrong with each of them is another error.
    url.hostname = "localhost";
    const { ended, output } = await startCommand(MAIN, [], {
      PUBLIC_URL: "http://127.0.0.1:3000",
      CLIO_CLIENT_ID: "sandbox-client",
      CLIO_CLIENT_SECRET: "sandbox-secret",
      SECRET_KEY: Buffer.alloc(32, 3).toString("base64"),
      DATABASE_URL: url.href,
    });
    expect(await ended).toBe(1);
    expect(output.err).toContain(
      `The service cannot start: the database at localhost:${postgres.port} refuses: ${reason}`,
    );
    expect(output.err).not.toContain("    at ");
    expectNoSecretIn(output.err + output.out);
  });
});

describe("a turn whose connection breaks in the middle", () => {
  it.each<[string, () => Promise<string>]>([
    ["what the work returned", async () => "done"],
    ["what the work threw", () => Promise.reject(new Error("revoked"))],
  ])("ends with %s", async (_, ending) => {
    const store = await openStore({ kind: "postgres", url: await databaseForTest() }, SEALER);
    onTestFinished(() => store.close());
    const turn = store.locks.withLock("a", async () => {
      expect(await postgres.breakConnections()).toBeGreaterThan(0);
      return ending();
    });
    const outcome = await turn.catch(({ message }: Error) => message);
    expect(outcome).toBe(await ending().catch(({ message }: Error) => message));
    expect(await store.locks.withLock("a", async () => "the next")).toBe("the next");
  });
});

it("answers a wrong key in time, though nobody can count it", async () => {
  const { service, DATABASE_URL } = await connectedFirm({ env: { DIRECTORY: "live" } });
  const other = new pg.Client(DATABASE_URL);
  await other.connect();
  onTestFinished(() => other.end());
  await other.query("begin; lock table wrong_guesses in access exclusive mode");
  const { status, body } = await ask(service, "ccr_000000000000_wrong");
  expect([status, body.code]).toEqual([500, "internal_error"]);
  expect(callLines(service).at(-1)).toMatchObject({ fault: { code: "answer_overdue" } });
});

describe("what was acknowledged before a crash", () => {
  it("is there after it: a user who was sent on to /setup", async () => {
    const { service } = await connectedFirm({ env: { DIRECTORY: "live" } });
    const colleague = service.browser();
    const back = await consent(colleague, { userId: 351 });
    const connected = await colleague.get(back);
    expect([connected.status, connected.headers.location]).toEqual([302, "/setup"]);
    await postgres.stop("immediate");
    await postgres.recover();
    await eventually(async () => expect(await readiness(service)).toBe(200));
    expect((await colleague.get("/setup")).status).toBe(200);
  });

  it("is there after it: a token that was refreshed", async () => {
    const { service, sandbox, key } = await connectedFirm({ env: { DIRECTORY: "live" } });
    sandbox.expireTokens();
    expect((await ask(service, key)).body.found).toBe(true);
    expect(sandbox.counts.get("/oauth/token")).toBe(2);
    await postgres.stop("immediate");
    await postgres.recover();
    await eventually(async () => expect((await ask(service, key)).body.found).toBe(true));
    expect(sandbox.counts.get("/oauth/token")).toBe(2);
  });

  it("is there after it: a change that Clio has told of", async () => {
    const { service: first, start, sandbox, key, clock } = await connectedFirm();
    // Over plain http nobody can sign in to an https address: the webhooks' address comes after the connecting.
    await first.close();
    const service = await start({ PUBLIC_URL: "https://calls.hollisvance.example" });
    sandbox.webhooks.deliverTo = service.url;
    await eventually(() => {
      clock.now += 6 * MINUTE;
      const webhooks = sandbox.webhooks.registry.of(userId);
      expect(webhooks.map(({ status }) => status)).toEqual(["enabled", "enabled"]);
    });
    sandbox.fault({ kind: "status", status: 503, path: "/api/v4/contacts", times: Number.POSITIVE_INFINITY });
    sandbox.changes().addContact(person(2_700_000_002, "Nora Quill", { phones: ["(415) 555-0187"] }));
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries.at(-1)?.status).toBe(200);
    await postgres.stop("immediate");
    await postgres.recover();
    sandbox.clearFaults();
    await eventually(async () => {
      clock.now += 1_000;
      expect((await ask(service, key, "+14155550187")).body.data?.id).toBe(2_700_000_002);
    });
  });
});

it("answers with an error of the contract while others have all connections, and by itself when they let go", async () => {
  const server = await startPostgres({ max_connections: "12", superuser_reserved_connections: "0" });
  onTestFinished(() => server.close());
  // Nothing but what is asked here takes a connection back.
  const { service, key } = await connectedFirm({ server, env: { DIRECTORY: "live" }, pollIntervalMs: HOUR });
  await ask(service, key);
  const others: pg.Client[] = [];
  const fill = async () => {
    for (;;) {
      const other = new pg.Client(server.url("postgres"));
      other.on("error", () => {});
      try {
        await other.connect();
        others.push(other);
      } catch {
        return;
      }
    }
  };
  await eventually(async () => {
    await fill();
    // What the service still has, it loses, and somebody else takes it.
    await others[0]?.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'clio-call-router'",
    );
    await fill();
    expect(await readiness(service)).toBe(503);
  });
  for (const answer of await calls(service, key)) expectAnswerOrProblem(answer);
  await Promise.all(others.map((other) => other.end()));
  await eventually(async () => {
    for (const answer of await calls(service, key)) expect(answer.body.found).toBe(true);
  });
  expectAnswersInTime(service);
});

it("makes do with fewer connections than it would have", async () => {
  const server = await startPostgres({ max_connections: "6", superuser_reserved_connections: "0" });
  onTestFinished(() => server.close());
  const { service, key } = await connectedFirm({
    server,
    env: { DIRECTORY: "live", ANSWER_DEADLINE_MS: "30000" },
  });
  await ask(service, key);
  for (const { status } of await calls(service, key, 100)) expect(status).toBe(200);
});

it("lives on as a process of its own through every fault, and ends with 0", async () => {
  const { sandbox, key, DATABASE_URL, service: first } = await connectedFirm({ env: { DIRECTORY: "live" } });
  await first.close();
  const port = await freePort();
  const service = { url: `http://127.0.0.1:${port}` };
  const {
    process: child,
    output,
    ended,
  } = await startCommand(MAIN, [], {
    PORT: String(port),
    HOST: "127.0.0.1",
    PUBLIC_URL: service.url,
    CLIO_CLIENT_ID: "sandbox-client",
    CLIO_CLIENT_SECRET: "sandbox-secret",
    CLIO_BASE_URL: sandbox.url,
    SECRET_KEY: Buffer.alloc(32).toString("base64"),
    DATABASE_URL,
    LOG_LEVEL: "trace",
  });
  await eventually(() => expect(output.out).toContain('"ready"'));
  for (const fault of [
    () => postgres.stop("fast"),
    () => postgres.stop("immediate"),
    () => postgres.breakConnections(),
    () => postgres.signal("SIGSTOP"),
  ]) {
    const meanwhile = Array.from({ length: 20 }, () => ask(service, key));
    await Promise.all([
      fault(),
      ...meanwhile.map((call) => call.then(({ status }) => expect([200, 500]).toContain(status))),
    ]);
    await postgres.recover();
    await eventually(async () => expect((await ask(service, key)).body.found).toBe(true));
  }
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(output.err).toBe("");
  expectNoSecretIn(output.out);
});
