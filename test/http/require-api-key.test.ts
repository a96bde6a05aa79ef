import { DatabaseSync } from "node:sqlite";
import supertest from "supertest";
import { expect, test } from "vitest";
import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import {
  connectedService,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const OWN_KEY = "an-operators-own-key-of-32-characters-or-more";
const jane = { phone: exampleCases.janeDoe.phone };

test.each([
  ["no key", undefined],
  ["another scheme", "Basic dXNlcjpwYXNz"],
  ["an empty key", "Bearer "],
  ["a key in another format", "Bearer hello"],
  ["a made-up key in the right format", `Bearer ccr_000000000000_${"A".repeat(43)}`],
])("%s gets a 401 that names the scheme", async (_, authorization) => {
  const { service } = await connectedService();
  const request = supertest(service.url).get("/lookup-contact").query(jane);
  const answer = await (authorization === undefined ? request : request.set("Authorization", authorization));
  expect([answer.status, answer.body.code]).toEqual([401, "unauthorized"]);
  expect(answer.headers["www-authenticate"]).toBe("Bearer");
  expect(answer.body.message).toContain("Take a message");
});

test("rejects a key with one character changed", async () => {
  const { service, key } = await connectedService();
  const last = key.at(-1) === "A" ? "B" : "A";
  const answer = await supertest(service.url)
    .get("/lookup-contact")
    .query(jane)
    .set("Authorization", `Bearer ${key.slice(0, -1)}${last}`);
  expect(answer.status).toBe(401);
});

test("rejects a key as soon as it is revoked, although it has just been used", async () => {
  const { sandbox, service, key, ask, userId } = await connectedService();
  const { browser, page } = await connectUser(service, { userId });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1];
  const key_id = /^ccr_([0-9a-f]{12})_/.exec(key)?.[1];
  expect((await ask("/lookup-contact", jane)).status).toBe(200);
  await browser.post("/setup/keys/revoke").type("form").send({ csrf, key_id }).expect(303);
  const requests = sandbox.requests.length;
  expect((await ask("/lookup-contact", jane)).status).toBe(401);
  expect(sandbox.requests.length).toBe(requests);
});

test("limits invalid keys to 30 a minute, and never a valid one", async () => {
  const { service, ask } = await connectedService();
  const sendInvalidKey = () =>
    supertest(service.url).get("/lookup-contact").set("Authorization", "Bearer wrong");
  for (let i = 0; i < 30; i += 1) expect((await sendInvalidKey()).status).toBe(401);
  const limited = await sendInvalidKey();
  expect([limited.status, limited.body.code]).toEqual([429, "too_many_requests"]);
  expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
  expect((await ask("/lookup-contact", jane)).body.found).toBe(true);
});

test("behind a trusted proxy, counts invalid keys for the address that the proxy reports", async () => {
  const { service } = await connectedService({ env: { TRUST_PROXY: "loopback" } });
  const from = (address: string) =>
    supertest(service.url)
      .get("/lookup-contact")
      .set("Authorization", "Bearer wrong")
      .set("X-Forwarded-For", address);
  for (let i = 0; i < 30; i += 1) await from("203.0.113.7");
  expect((await from("203.0.113.7")).status).toBe(429);
  expect((await from("203.0.113.8")).status).toBe(401);
});

test("accepts UPFIRST_API_KEY only while exactly one firm is admitted", async () => {
  const firm = exampleFirm();
  const [user] = firm.users;
  if (!user) throw new Error("the example firm has no users");
  const other = {
    ...exampleFirm(),
    account: { id: 9, name: "Another firm" },
    users: [{ ...user, id: 9001 }],
  };
  const sandbox = await sandboxForTest({ firms: [firm, other] });
  const service = await serviceForTest(sandbox.url, { env: { UPFIRST_API_KEY: OWN_KEY } });
  const ask = () =>
    supertest(service.url).get("/lookup-contact").query(jane).set("Authorization", `Bearer ${OWN_KEY}`);

  const none = await ask();
  expect([none.status, none.body.code]).toEqual([503, "clio_not_connected"]);
  await connectUser(service, { userId: user.id, setup: SETUP_TOKEN });
  expect((await ask()).body.found).toBe(true);
  await connectUser(service, { userId: 9001, setup: SETUP_TOKEN });
  const several = await ask();
  expect([several.status, several.body.code]).toEqual([409, "firm_ambiguous"]);
});

test("records a firm's last call at most once a minute, for any of its keys", async () => {
  const clock = { now: Date.UTC(2026, 4, 31, 12) };
  const { service, ask } = await connectedService({
    env: { UPFIRST_API_KEY: OWN_KEY },
    now: () => clock.now,
  });
  const lastCall = () => {
    const db = new DatabaseSync(service.databaseFile, { readOnly: true });
    const row = db.prepare("select last_call_at from firms").get();
    db.close();
    return row?.last_call_at;
  };
  expect(lastCall()).toBeNull();
  await supertest(service.url).get("/lookup-contact").set("Authorization", "Bearer wrong");
  expect(lastCall()).toBeNull();
  const first = clock.now;
  await supertest(service.url).get("/lookup-contact").set("Authorization", `Bearer ${OWN_KEY}`);
  expect(lastCall()).toBe(first);
  clock.now += 1000;
  await ask("/lookup-contact", jane);
  expect(lastCall()).toBe(first);
});

test("answers a key only with its own firm's data", async () => {
  const firm = exampleFirm();
  const [user] = firm.users;
  if (!user) throw new Error("the example firm has no users");
  const empty = {
    account: { id: 9, name: "Empty firm" },
    users: [{ ...user, id: 9001 }],
    contacts: [],
    matters: [],
  };
  const sandbox = await sandboxForTest({ firms: [firm, empty] });
  const service = await serviceForTest(sandbox.url);
  await connectUser(service, { userId: user.id, setup: SETUP_TOKEN });
  const { key } = await connectUser(service, { userId: 9001, setup: SETUP_TOKEN });
  const answer = await supertest(service.url)
    .get("/lookup-contact")
    .query(jane)
    .set("Authorization", `Bearer ${key}`);
  expect(answer.body).toMatchObject({ found: false, candidate_count: 0 });
});
