import { expect, test } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { connectedService, connectUser, type RunningService } from "../../testkit/service.ts";

const HOUR = 3_600_000;
const jane = { phone: exampleCases.janeDoe.phone };

/** Reads the database of the running service. */
async function storedConnections(service: RunningService, firmId: string) {
  const { databaseUrl, secretKeys } = service.settings;
  const store = await openStore(databaseUrl, createSealer(secretKeys));
  try {
    return await store.connections.listByFirm(firmId);
  } finally {
    await store.close();
  }
}

function manualClock(start = Date.now()) {
  let now = start;
  return { now: () => now, advance: (milliseconds: number) => (now += milliseconds) };
}

test("a token is refreshed three times in a row, although Clio returns its refresh token only once", async () => {
  const { now, advance } = manualClock();
  const { sandbox, ask, service } = await connectedService({
    now,
    sandbox: { now, tokenLifetimeSeconds: 2 * 3600 },
  });
  for (let round = 1; round <= 3; round += 1) {
    advance(2 * HOUR);
    const response = await ask("/lookup-contact", jane);
    expect(response.body.found).toBe(true);
    expect(sandbox.counts.get("/oauth/token")).toBe(1 + round);
  }
  const firmId = `us-${sandbox.firms[0]?.account.id}`;
  const [connection] = await storedConnections(service, firmId);
  expect(connection?.token?.expiresAt).toBe(now() + 2 * HOUR);
});

test("a token is refreshed five minutes before it expires, and a short-lived one after half its lifetime", async () => {
  const { now, advance } = manualClock();
  const { sandbox, ask } = await connectedService({ now, sandbox: { now, tokenLifetimeSeconds: 3600 } });
  const refreshes = () => (sandbox.counts.get("/oauth/token") ?? 0) - 1;

  advance(HOUR - 6 * 60_000);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(0);
  sandbox.setTokenLifetime(60);
  advance(60_000 + 1);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(1);
  advance(29_000);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(1);
  advance(2_000);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(2);
});

test("a token that Clio rejects early is refreshed once, and the request is repeated", async () => {
  const { sandbox, ask } = await connectedService();
  sandbox.expireTokens();
  const response = await ask("/lookup-contact", jane);
  expect(response.body.found).toBe(true);
  expect(sandbox.counts.get("/oauth/token")).toBe(2);
});

test("only one refresh is sent, however many requests need a new token", async () => {
  const { now, advance } = manualClock();
  const { sandbox, ask } = await connectedService({ now, sandbox: { now, tokenLifetimeSeconds: 3600 } });
  for (const makeStale of [() => advance(2 * HOUR), () => sandbox.expireTokens()]) {
    makeStale();
    sandbox.counts.clear();
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask("/lookup-contact", jane)));
    expect(answers.filter(({ status, body }) => status === 200 && body.found)).toHaveLength(200);
    expect(sandbox.counts.get("/oauth/token")).toBe(1);
  }
});

test("a failed refresh doesn't fail requests while the old token is valid", async () => {
  const { now, advance } = manualClock();
  const { sandbox, ask, service } = await connectedService({
    now,
    sandbox: { now, tokenLifetimeSeconds: 3600 },
  });
  advance(HOUR - 60_000);
  sandbox.fault({ path: "/oauth/token", kind: "status", status: 503 });
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
  sandbox.fault({ path: "/oauth/token", kind: "reset" });
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
  const [connection] = await storedConnections(service, `us-${sandbox.firms[0]?.account.id}`);
  expect(connection?.state).toBe("connected");
});

test("an error of the token endpoint doesn't mark the connection as revoked, even if the token has expired", async () => {
  const { now, advance } = manualClock();
  const { sandbox, ask } = await connectedService({ now, sandbox: { now, tokenLifetimeSeconds: 3600 } });
  advance(2 * HOUR);
  for (const fault of [
    { kind: "status", status: 500 },
    { kind: "reset" },
    { kind: "broken_json" },
    { kind: "wrong_shape" },
  ] as const) {
    sandbox.fault({ path: "/oauth/token", ...fault });
    const response = await ask("/lookup-contact", jane);
    expect([response.status, response.body.code]).toEqual([502, "clio_error"]);
  }
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
});

test("the deadline ends the request if the token endpoint hangs", async () => {
  const { now, advance } = manualClock();
  const { sandbox, ask } = await connectedService({
    now,
    sandbox: { now, tokenLifetimeSeconds: 3600 },
    env: { ANSWER_DEADLINE_MS: "150" },
  });
  advance(2 * HOUR);
  sandbox.fault({ path: "/oauth/token", kind: "hang" });
  const response = await ask("/lookup-contact", jane);
  expect([response.status, response.body.code]).toEqual([504, "clio_timeout"]);
  // Ends the refresh, which the service would otherwise wait for when it closes.
  await sandbox.close();
});

test("when a user revokes the access, the firm's next connected user takes over at once", async () => {
  const { sandbox, service, ask, userId } = await connectedService();
  const next = sandbox.firms[0]?.users.find((user) => user.id !== userId && user.enabled);
  await connectUser(service, { userId: next?.id ?? 0 });

  sandbox.revoke(userId);
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
  const states = await storedConnections(service, `us-${sandbox.firms[0]?.account.id}`);
  expect(states.map(({ state }) => state)).toEqual(["revoked", "connected"]);

  sandbox.revoke(next?.id ?? 0);
  const response = await ask("/lookup-contact", jane);
  expect([response.status, response.body.code]).toEqual([503, "clio_not_connected"]);

  await connectUser(service, { userId });
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
});

test("a connection encrypted with a removed key counts as not connected until the user connects again", async () => {
  const { sandbox, service, key, userId } = await connectedService();
  await service.close();
  const { serviceForTest } = await import("../../testkit/service.ts");
  const env = { SECRET_KEY: Buffer.alloc(32, 7).toString("base64") };
  const rotated = await serviceForTest(sandbox.url, { folder: service.folder, env });
  const ask = () =>
    rotated.browser().get("/lookup-contact").query(jane).set("Authorization", `Bearer ${key}`);
  const unreadable = await ask();
  expect(unreadable.body.code).toBe("clio_not_connected");
  expect(unreadable.body.detail).toContain("SECRET_KEY");
  await connectUser(rotated, { userId });
  expect((await ask()).body.found).toBe(true);
});
