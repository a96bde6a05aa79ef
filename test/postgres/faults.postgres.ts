import { join } from "node:path";
import pg from "pg";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { person } from "../../sandbox/firms/firm.ts";
import { freePort } from "../../sandbox/free-port.ts";
import { REPORT_DEADLINE_MS } from "../../src/http/deadline.ts";
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
const DEADLINE_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const { janeDoe } = exampleCases;
const userId = 350;
const SEALER = createSealer([new Uint8Array(32).fill(1)]);

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** A new database. The password in its URL must not appear anywhere. */
async function databaseForTest(server = postgres): Promise<string> {
  const url = new URL(await server.freshDatabase());
  url.password = PASSWORD;
  return url.href;
}

interface Options {
  server?: PostgresServer;
  env?: Record<string, string>;
  pollIntervalMs?: number;
  reportDeadlineMs?: number;
}

/** A service with a connected firm, and with a clock that the test controls. */
async function connectedFirm({
  server = postgres,
  env = {},
  pollIntervalMs = 10,
  reportDeadlineMs,
}: Options = {}) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ now });
  const DATABASE_URL = await databaseForTest(server);
  const start = (more: Record<string, string> = {}) =>
    serviceForTest(sandbox.url, {
      now,
      pollIntervalMs,
      ...(reportDeadlineMs !== undefined && { reportDeadlineMs }),
      env: {
        DATABASE_URL,
        DIRECTORY: "mirror",
        ANSWER_DEADLINE_MS: String(DEADLINE_MS),
        LOG_LEVEL: "trace",
        ...env,
        ...more,
      },
    });
  const service = await start();
  const { key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  if (key === null) throw new Error("no key was shown");
  if (service.settings.directory === "mirror") await complete(service);
  // Runs before the service is closed, which needs the server.
  onTestFinished(() => server.recover());
  return { sandbox, service, start, key, clock, DATABASE_URL };
}

const ask = (service: Pick<RunningService, "url">, key: string, phone: string = janeDoe.phone) =>
  supertest(service.url).get("/lookup-contact").query({ phone }).set("Authorization", `Bearer ${key}`);

/** Makes that many calls at once. */
const calls = (service: RunningService, key: string, count = 40) =>
  Promise.all(Array.from({ length: count }, () => ask(service, key)));

const readiness = async ({ url }: RunningService) => (await supertest(url).get("/readyz")).status;

/** The timeout is longer than those after which the service closes a connection. */
const eventually = <T>(check: () => Promise<T> | T) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

/** While the database is unavailable, a call is either answered or fails with `internal_error`. */
function expectAnswerOrProblem({ status, type, body }: Awaited<ReturnType<typeof ask>>): void {
  const actual = { status, type, found: body.found, code: body.code };
  const answer = { status: 200, type: "application/json", found: true };
  const problem = { status: 500, type: "application/problem+json", code: "internal_error" };
  expect(actual).toEqual(status === 200 ? answer : problem);
}

/** By the service's own measurement. Waiting for a hanging database would take seven seconds. */
function expectAnswersInTime(service: RunningService): void {
  for (const line of callLines(service)) expect(line.ms).toBeLessThan(4 * DEADLINE_MS);
}

function expectNoSecretIn(text: string): void {
  expect(text).not.toContain(PASSWORD);
  expect(text).not.toContain("postgres://");
}

describe("a PostgreSQL server", () => {
  it.each<[string, "mirror" | "live", () => Promise<unknown> | unknown]>([
    ["is stopped", "mirror", () => postgres.stop("fast")],
    ["crashes", "mirror", () => postgres.stop("immediate")],
    ["hangs", "mirror", () => postgres.signal("SIGSTOP")],
    ["hangs", "live", () => postgres.signal("SIGSTOP")],
    ["breaks every connection", "mirror", () => postgres.breakConnections()],
    ["breaks every connection", "live", () => postgres.breakConnections()],
  ])(
    "that %s (%s): calls are answered in time, and the server is used again once it is back",
    async (_, directory, takeAway) => {
      const { service, sandbox, key, clock } = await connectedFirm({ env: { DIRECTORY: directory } });
      // The first answer tells the service Clio's rate limit.
      await ask(service, key);
      const during = calls(service, key);
      await takeAway();
      const after = calls(service, key);
      for (const answer of [...(await during), ...(await after)]) expectAnswerOrProblem(answer);

      await postgres.recover();
      sandbox.changes().addContact(person(2_700_000_001, "Nora Quill", { phones: ["(415) 555-0188"] }));
      clock.now += 6 * MINUTE_MS;
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

describe("an unavailable PostgreSQL server", () => {
  it.each<[string, () => Promise<void> | void]>([
    ["stopped", () => postgres.stop()],
    ["hanging", () => postgres.signal("SIGSTOP")],
  ])("makes the service unready: %s", async (_, takeAway) => {
    const { service } = await connectedFirm({ env: { DIRECTORY: "live" } });
    await takeAway();
    const { status, body } = await supertest(service.url).get("/readyz");
    expect([status, body.status]).toEqual([503, "not ready"]);
    expect(body.reason).toMatch(/^The database isn't responding \(.+\)\.$/);
    expectNoSecretIn(body.reason);
    expect((await supertest(service.url).get("/healthz")).status).toBe(200);
    await postgres.recover();
    await eventually(async () => expect(await readiness(service)).toBe(200));
  });

  it("doesn't fill the log, however long it is unavailable", async () => {
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
  ])("doesn't delay the shutdown of the service: %s", async (_, takeAway) => {
    const { service, key, sandbox, start } = await connectedFirm({ env: { DIRECTORY: "live" } });
    const other = await start();
    await ask(service, key);
    sandbox.expireTokens();
    sandbox.fault({ kind: "latency", ms: 500, path: "/oauth/token" });
    const refreshing = Promise.all([ask(service, key), ask(other, key)]);
    // One of them refreshes the token, and the other one waits for the lock.
    await eventually(() => expect(sandbox.counts.get("/oauth/token")).toBe(2));
    await takeAway();
    const inFlight = calls(service, key, 10);
    // Once this is answered, the requests before it have arrived.
    await supertest(service.url).get("/healthz");
    const startedAt = performance.now();
    await Promise.all([service.close(), other.close()]);
    // Docker kills a process after ten seconds; waiting for all of the server's answers would take twenty.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    for (const answer of await inFlight) expectAnswerOrProblem(answer);
    // It isn't defined whether such a call was waiting for Clio or for the database.
    for (const { status } of await refreshing) expect([200, 500, 504]).toContain(status);
  });

  it.each<[string, string, () => Promise<void> | void]>([
    ["stopped", "connect ECONNREFUSED", () => postgres.stop()],
    ["hanging", "the server doesn't answer", () => postgres.signal("SIGSTOP")],
  ])("ends the start of the service with a clear error: %s", async (_, reason, takeAway) => {
    const url = new URL(await databaseForTest());
    onTestFinished(() => postgres.recover());
    await takeAway();
    // A host name with several addresses, each of which has its own error.
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
      `Can't start the service: cannot connect to the database at localhost:${postgres.port}: ${reason}`,
    );
    expect(output.err).not.toContain("    at ");
    expectNoSecretIn(output.err + output.out);
  });
});

describe("a lock whose connection breaks while it is held", () => {
  it.each<[string, () => Promise<string>]>([
    ["the result of the work", async () => "done"],
    ["the error of the work", () => Promise.reject(new Error("revoked"))],
  ])("ends with %s", async (_, ending) => {
    const store = await openStore({ kind: "postgres", url: await databaseForTest() }, SEALER);
    onTestFinished(() => store.close());
    const locked = store.locks.withLock("a", async () => {
      expect(await postgres.breakConnections()).toBeGreaterThan(0);
      return ending();
    });
    const outcome = await locked.catch(({ message }: Error) => message);
    expect(outcome).toBe(await ending().catch(({ message }: Error) => message));
    expect(await store.locks.withLock("a", async () => "the next")).toBe("the next");
  });
});

it("answers an invalid key in time, even if the attempt can't be counted", async () => {
  const { service, DATABASE_URL } = await connectedFirm({ env: { DIRECTORY: "live" } });
  const other = new pg.Client(DATABASE_URL);
  await other.connect();
  onTestFinished(() => other.end());
  await other.query("begin; lock table wrong_guesses in access exclusive mode");
  const { status, body } = await ask(service, "ccr_000000000000_wrong");
  expect([status, body.code]).toEqual([500, "internal_error"]);
  expect(callLines(service).at(-1)).toMatchObject({ fault: { code: "answer_overdue" } });
});

it("answers a report in time while it can't be stored, and stores it once when it is sent again", async () => {
  const { service, key, DATABASE_URL } = await connectedFirm({
    env: { DIRECTORY: "live" },
    reportDeadlineMs: REPORT_DEADLINE_MS,
  });
  const other = new pg.Client(DATABASE_URL);
  await other.connect();
  onTestFinished(() => other.end());
  await other.query("begin; lock table reported_calls in access exclusive mode");
  const report = () =>
    supertest(service.url)
      .post("/after-call")
      .send({ caller_id: janeDoe.phone, call_id: "call_1" })
      .set("Authorization", `Bearer ${key}`);
  const { status, body } = await report();
  expect([status, body.code]).toEqual([500, "internal_error"]);
  expect(service.logLines.join("")).toContain('"code":"answer_overdue"');

  await other.query("rollback");
  await eventually(async () => expect((await report()).status).toBe(202));
  await service.close();
  const { rows } = await other.query("select count(*)::int from calls");
  expect(rows).toEqual([{ count: 1 }]);
});

describe("after a crash of the PostgreSQL server", () => {
  it("a user who had been redirected to /setup is connected", async () => {
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

  it("a refreshed token is stored", async () => {
    const { service, sandbox, key } = await connectedFirm({ env: { DIRECTORY: "live" } });
    sandbox.expireTokens();
    expect((await ask(service, key)).body.found).toBe(true);
    expect(sandbox.counts.get("/oauth/token")).toBe(2);
    await postgres.stop("immediate");
    await postgres.recover();
    await eventually(async () => expect((await ask(service, key)).body.found).toBe(true));
    expect(sandbox.counts.get("/oauth/token")).toBe(2);
  });

  it("a change that Clio had reported is pending", async () => {
    const { service: first, start, sandbox, key, clock } = await connectedFirm();
    // The test can't sign in at an https URL over plain HTTP, so the public URL for webhooks is set after connecting.
    await first.close();
    const service = await start({ PUBLIC_URL: "https://calls.hollisvance.example" });
    sandbox.webhooks.deliverTo = service.url;
    await eventually(() => {
      clock.now += 6 * MINUTE_MS;
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

it("answers with an error while other clients use all connections, and recovers when they disconnect", async () => {
  const server = await startPostgres({ max_connections: "12", superuser_reserved_connections: "0" });
  onTestFinished(() => server.close());
  // No background work, so that only this test's requests use connections.
  const { service, key } = await connectedFirm({
    server,
    env: { DIRECTORY: "live" },
    pollIntervalMs: HOUR_MS,
  });
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
    // Take the service's remaining connections away, and occupy them.
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

it("works with fewer connections than it would use", async () => {
  const server = await startPostgres({ max_connections: "6", superuser_reserved_connections: "0" });
  onTestFinished(() => server.close());
  const { service, key } = await connectedFirm({
    server,
    env: { DIRECTORY: "live", ANSWER_DEADLINE_MS: "30000" },
  });
  await ask(service, key);
  for (const { status } of await calls(service, key, 100)) expect(status).toBe(200);
});

it("survives every fault as a separate process, and exits with 0", async () => {
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
    const during = Array.from({ length: 20 }, () => ask(service, key));
    await Promise.all([
      fault(),
      ...during.map((call) => call.then(({ status }) => expect([200, 500]).toContain(status))),
    ]);
    await postgres.recover();
    await eventually(async () => expect((await ask(service, key)).body.found).toBe(true));
  }
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(output.err).toBe("");
  expectNoSecretIn(output.out);
});
