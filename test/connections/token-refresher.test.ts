import { expect, test } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { createSealer } from "../../src/store/encryption/sealing.ts";
import { openStore } from "../../src/store/store.ts";
import { connectedService, connectUser, type RunningService } from "../../testkit/service.ts";

const HOUR = 3_600_000;
const jane = { phone: exampleCases.janeDoe.phone };

/** What the store holds, read beside the running service. */
async function storedConnections(service: RunningService, firmId: string) {
  const { databaseUrl, secretKeys } = service.settings;
  const store = await openStore(databaseUrl, createSealer(secretKeys));
  try {
    return await store.connections.ofFirm(firmId);
  } finally {
    await store.close();
  }
}

function clock(start = Date.now()) {
  let now = start;
  return { now: () => now, pass: (milliseconds: number) => (now += milliseconds) };
}

test("a token is refreshed three times in a row, though Clio hands out its refresh token once", async () => {
  const { now, pass } = clock();
  const { sandbox, ask, service } = await connectedService({
    now,
    sandbox: { now, tokenLifetimeSeconds: 2 * 3600 },
  });
  for (let round = 1; round <= 3; round += 1) {
    pass(2 * HOUR);
    const answer = await ask("/lookup-contact", jane);
    expect(answer.body.found).toBe(true);
    expect(sandbox.counts.get("/oauth/token")).toBe(1 + round);
  }
  const firmId = `us-${sandbox.firms[0]?.account.id}`;
  const [connection] = await storedConnections(service, firmId);
  expect(connection?.token?.expiresAt).toBe(now() + 2 * HOUR);
});

test("it is refreshed five minutes ahead, and for a short life at its half", async () => {
  const { now, pass } = clock();
  const { sandbox, ask } = await connectedService({ now, sandbox: { now, tokenLifetimeSeconds: 3600 } });
  const refreshes = () => (sandbox.counts.get("/oauth/token") ?? 0) - 1;

  pass(HOUR - 6 * 60_000);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(0);
  sandbox.setTokenLifetime(60);
  pass(60_000 + 1);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(1);
  pass(29_000);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(1);
  pass(2_000);
  await ask("/lookup-contact", jane);
  expect(refreshes()).toBe(2);
});

test("a token that Clio refuses early is refreshed once, and the request goes out again", async () => {
  const { sandbox, ask } = await connectedService();
  sandbox.expireTokens();
  const answer = await ask("/lookup-contact", jane);
  expect(answer.body.found).toBe(true);
  expect(sandbox.counts.get("/oauth/token")).toBe(2);
});

test("however many requests find a token stale, one refresh goes out", async () => {
  const { now, pass } = clock();
  const { sandbox, ask } = await connectedService({ now, sandbox: { now, tokenLifetimeSeconds: 3600 } });
  for (const makeStale of [() => pass(2 * HOUR), () => sandbox.expireTokens()]) {
    makeStale();
    sandbox.counts.clear();
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask("/lookup-contact", jane)));
    expect(answers.filter(({ status, body }) => status === 200 && body.found)).toHaveLength(200);
    expect(sandbox.counts.get("/oauth/token")).toBe(1);
  }
});

test("while the old token lives, a failed refresh fails no request", async () => {
  const { now, pass } = clock();
  const { sandbox, ask, service } = await connectedService({
    now,
    sandbox: { now, tokenLifetimeSeconds: 3600 },
  });
  pass(HOUR - 60_000);
  sandbox.fault({ path: "/oauth/token", kind: "status", status: 503 });
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
  sandbox.fault({ path: "/oauth/token", kind: "reset" });
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
  const [connection] = await storedConnections(service, `us-${sandbox.firms[0]?.account.id}`);
  expect(connection?.state).toBe("connected");
});

test("a fault at the token endpoint marks nothing, even when the token has run out", async () => {
  const { now, pass } = clock();
  const { sandbox, ask } = await connectedService({ now, sandbox: { now, tokenLifetimeSeconds: 3600 } });
  pass(2 * HOUR);
  for (const fault of [
    { kind: "status", status: 500 },
    { kind: "reset" },
    { kind: "broken_json" },
    { kind: "wrong_shape" },
  ] as const) {
    sandbox.fault({ path: "/oauth/token", ...fault });
    const answer = await ask("/lookup-contact", jane);
    expect([answer.status, answer.body.code]).toEqual([502, "clio_error"]);
  }
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
});

test("a token endpoint that hangs is answered by the deadline", async () => {
  const { now, pass } = clock();
  const { sandbox, ask } = await connectedService({
    now,
    sandbox: { now, tokenLifetimeSeconds: 3600 },
    env: { ANSWER_DEADLINE_MS: "150" },
  });
  pass(2 * HOUR);
  sandbox.fault({ path: "/oauth/token", kind: "hang" });
  const answer = await ask("/lookup-contact", jane);
  expect([answer.status, answer.body.code]).toEqual([504, "clio_timeout"]);
  // Ends the refresh, which the service would otherwise wait for when it closes.
  await sandbox.close();
});

test("when a user takes the access back, the firm's next connected user takes over at once", async () => {
  const { sandbox, service, ask, userId } = await connectedService();
  const next = sandbox.firms[0]?.users.find((user) => user.id !== userId && user.enabled);
  await connectUser(service, { userId: next?.id ?? 0 });

  sandbox.revoke(userId);
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
  const states = await storedConnections(service, `us-${sandbox.firms[0]?.account.id}`);
  expect(states.map(({ state }) => state)).toEqual(["revoked", "connected"]);

  sandbox.revoke(next?.id ?? 0);
  const nobody = await ask("/lookup-contact", jane);
  expect([nobody.status, nobody.body.code]).toEqual([503, "clio_not_connected"]);

  await connectUser(service, { userId });
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
});

test("a connection sealed with a key that is gone counts as not connected, and connecting again mends it", async () => {
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
