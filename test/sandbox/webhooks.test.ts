import { describe, expect, onTestFinished, test, vi } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { matter, person, user } from "../../sandbox/firms/firm.ts";
import { freePort } from "../../sandbox/free-port.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { apiOf } from "./client.ts";
import { type Receiver, receiverForTest, signatureOf } from "./webhook-receiver.ts";

const { janeDoe } = cases;
/** A contact that every user may see. */
const CONTACT = cases.noNumber.contactId;

/** Starts a sandbox that sends webhooks to a receiver; both stop after the test. */
async function setUp(options: SandboxOptions = {}) {
  const receiver = await receiverForTest();
  const sandbox = await startSandbox({
    requestsPerMinute: Number.POSITIVE_INFINITY,
    ...options,
    webhooks: { deliverTo: receiver.url, ...options.webhooks },
  });
  onTestFinished(() => sandbox.close());
  return { receiver, sandbox, changes: sandbox.changes() };
}

/** Creates and enables a webhook. Returns its ID. */
async function subscribe(sandbox: Sandbox, more: object = {}, userId = 350): Promise<number> {
  const { status, body } = await apiOf(sandbox, userId)("webhooks", "POST", {
    url: "https://router.example/hooks",
    model: "contact",
    fields: "id,name",
    ...more,
  });
  expect(status).toBe(201);
  await sandbox.webhooks.idle();
  return body.data.id;
}

const names = ({ deliveries }: Receiver): unknown[] => deliveries.map(({ body }) => body.data.name);
const events = ({ deliveries }: Receiver): unknown[] => deliveries.map(({ body }) => body.meta.event);

describe("a delivery", () => {
  test("contains the requested fields and is signed with the secret of the handshake", async () => {
    const { receiver, sandbox, changes } = await setUp();
    const id = await subscribe(sandbox, { fields: "id,name,etag,phone_numbers{number},company{name}" });
    changes.contact(cases.company.employeeId, { name: "Øwen “Ove” Park" });
    await sandbox.webhooks.idle();
    expect(receiver.deliveries).toHaveLength(1);
    const [{ path, headers, raw, body } = { path: "", headers: {}, raw: "", body: null }] =
      receiver.deliveries;
    expect(path).toBe("/hooks");
    expect(body).toEqual({
      data: {
        id: cases.company.employeeId,
        name: "Øwen “Ove” Park",
        etag: expect.any(String),
        phone_numbers: [{ number: "(415) 555-0130" }],
        company: { name: "Northgate Bakery Supply" },
      },
      meta: { event: "updated", webhook_id: id },
    });
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["x-hook-signature"]).toMatch(/^[0-9a-f]{64}$/);
    expect(headers["x-hook-signature"]).toBe(
      signatureOf(receiver.handshakes[0]?.headers["x-hook-secret"], raw),
    );
    expect(sandbox.webhooks.deliveries).toEqual([
      { webhookId: id, event: "updated", recordId: cases.company.employeeId, status: 200, attempts: 1 },
    ]);
  });

  test("is sent when a record is added, changed or removed; for a removed one it contains the ID", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    await subscribe(sandbox, { fields: "name,etag", events: ["deleted"] });
    changes.addContact(person(5, "Ada First"));
    changes.contact(5, { name: "Ada Second" });
    changes.removeContact(5);
    await sandbox.webhooks.idle();
    expect(receiver.deliveries.map(({ body }) => [body.meta.event, body.data])).toEqual([
      ["created", { id: 5, name: "Ada First" }],
      ["updated", { id: 5, name: "Ada Second" }],
      ["deleted", { id: 5 }],
      ["deleted", { id: 5, etag: expect.any(String) }],
    ]);
  });

  test("goes only to webhooks for the model and event", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox, { model: "matter", fields: "id", url: "https://router.example/matters" });
    await subscribe(sandbox, { events: ["created"], url: "https://router.example/created" });
    await subscribe(sandbox, { model: "task", url: "https://router.example/tasks" });
    changes.contact(CONTACT, { title: "Owner" });
    changes.user(354, { name: "Someone Else" });
    changes.matter(janeDoe.matterId, { description: "Lease" });
    changes.addContact(person(5, "Ada First"));
    await sandbox.webhooks.idle();
    expect(receiver.deliveries.map(({ path }) => path)).toEqual(["/matters", "/created"]);
  });

  test("reports a new status of a matter in addition to the update", async () => {
    const { receiver, sandbox, changes } = await setUp();
    const all = ["created", "updated", "deleted", "matter_opened", "matter_pended", "matter_closed"];
    await subscribe(sandbox, { model: "matter", fields: "id,status", events: all });
    const client = sandbox.firms[0]!.contacts[0]!;
    changes.addMatter(matter(12, 900, client, "Lease", { status: "Pending" }));
    changes.matter(12, { description: "Lease renewal" });
    changes.matter(12, { status: "Open" });
    changes.matter(12, { status: "Closed" });
    changes.removeMatter(12);
    await sandbox.webhooks.idle();
    expect(events(receiver)).toEqual([
      "created",
      "matter_pended",
      "updated",
      "updated",
      "matter_opened",
      "updated",
      "matter_closed",
      "deleted",
    ]);
    expect(receiver.deliveries.at(-2)?.body.data).toEqual({ id: 12, status: "Closed" });
  });

  test("is triggered by changes made on the pages and over HTTP", async () => {
    const { receiver, sandbox } = await setUp();
    await subscribe(sandbox, { model: "matter", fields: "id,responsible_staff{id}" });
    await fetch(`${sandbox.url}/sandbox/matters/${janeDoe.matterId}`, {
      method: "POST",
      headers: { Cookie: "clio_sandbox_user=350" },
      body: new URLSearchParams({ responsible_staff_id: "354" }),
      redirect: "manual",
    });
    await fetch(`${sandbox.url}/sandbox/changes`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify([
        { kind: "matter", change: "update", id: janeDoe.matterId, record: { responsible_staff_id: 356 } },
      ]),
    });
    await sandbox.webhooks.idle();
    const staff = receiver.deliveries.map(({ body }) => body.data.responsible_staff.id);
    expect(staff).toEqual([354, 356]);
  });

  test("contains only what the webhook's user may see", async () => {
    const firm = exampleFirm();
    firm.users.push(user(380, "Rory Blind", { hiddenContacts: new Set([janeDoe.contactId]) }));
    firm.users.push(user(381, "Sid Small", { permissions: new Set(["webhooks"]) }));
    const other = {
      account: { id: 5, name: "Other" },
      users: [user(900, "Una Large")],
      contacts: [],
      matters: [],
    };
    const { receiver, sandbox, changes } = await setUp({ firms: [firm, other] });
    await subscribe(sandbox, {}, 380);
    await subscribe(sandbox, { model: "matter", fields: "id,client{id}" }, 380);
    for (const userId of [381, 900])
      for (const model of ["contact", "matter"]) await subscribe(sandbox, { model, fields: "id" }, userId);
    changes.contact(janeDoe.contactId, { name: "Jane Roe" });
    changes.contact(CONTACT, { name: "Walter Nosh" });
    changes.matter(janeDoe.matterId, { description: "Lease" });
    changes.removeContact(janeDoe.contactId);
    await sandbox.webhooks.idle();
    expect(receiver.deliveries.map(({ body }) => body.data)).toEqual([
      { id: CONTACT, name: "Walter Nosh" },
      { id: janeDoe.matterId, client: null },
    ]);
  });

  test("is not sent before the handshake or after the expiry, until it is extended", async () => {
    let now = Date.UTC(2026, 5, 1);
    const { receiver, sandbox, changes } = await setUp({ now: () => now });
    sandbox.webhooks.handshake = "never";
    await subscribe(sandbox);
    changes.contact(CONTACT, { name: "Too early" });
    sandbox.webhooks.handshake = "after";
    const id = await subscribe(sandbox);
    now = Date.UTC(2026, 5, 3, 23, 59, 59);
    changes.contact(CONTACT, { name: "In time" });
    now = Date.UTC(2026, 5, 4);
    changes.contact(CONTACT, { name: "Too late" });
    await sandbox.webhooks.idle();
    const extended = { expires_at: "2026-06-20T00:00:00Z" };
    expect((await apiOf(sandbox)(`webhooks/${id}`, "PATCH", extended)).status).toBe(200);
    changes.contact(CONTACT, { name: "Extended" });
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(["In time", "Extended"]);
  });

  test("is not sent to a deleted webhook", async () => {
    const { receiver, sandbox, changes } = await setUp();
    const id = await subscribe(sandbox);
    sandbox.webhooks.hold();
    changes.contact(CONTACT, { name: "One" });
    await apiOf(sandbox)(`webhooks/${id}`, "DELETE");
    sandbox.webhooks.release();
    changes.contact(CONTACT, { name: "Two" });
    await sandbox.webhooks.idle();
    expect(receiver.deliveries).toEqual([]);
  });
});

describe("the app's response", () => {
  const retrying = { webhooks: { retryDelayMs: 1, timeoutMs: 500 } };

  test.each([200, 204, 299, 301, 302, 308])("%i ends the delivery", async (status) => {
    const { receiver, sandbox, changes } = await setUp(retrying);
    await subscribe(sandbox);
    receiver.answers = [status];
    changes.contact(CONTACT, { name: "Once" });
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries).toMatchObject([{ status, attempts: 1 }]);
    expect(receiver.deliveries).toHaveLength(1);
  });

  test.each([400, 401, 404, 429, 500, 503, "reset", "hang"] as const)(
    "%s causes a retry with the same body and a signature",
    async (answer) => {
      const { receiver, sandbox, changes } = await setUp(retrying);
      await subscribe(sandbox);
      receiver.answers = answer === "hang" ? [answer] : [answer, answer];
      changes.contact(CONTACT, { name: "Again" });
      await sandbox.webhooks.idle();
      expect(sandbox.webhooks.deliveries).toMatchObject([
        { status: 200, attempts: answer === "hang" ? 2 : 3 },
      ]);
      expect(new Set(receiver.deliveries.map(({ raw }) => raw)).size).toBe(1);
      const { raw, headers } = receiver.deliveries.at(-1)!;
      expect(headers["x-hook-signature"]).toBe(
        signatureOf(receiver.handshakes[0]!.headers["x-hook-secret"], raw),
      );
    },
  );

  test("that is missing or an error ends the delivery after five attempts", async () => {
    const { receiver, sandbox, changes } = await setUp(retrying);
    await subscribe(sandbox);
    receiver.answers = Array(5).fill(500);
    changes.contact(CONTACT, { name: "In vain" });
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries).toMatchObject([{ status: 500, attempts: 5 }]);
    sandbox.webhooks.deliverTo = `http://127.0.0.1:${await freePort()}`;
    changes.contact(CONTACT, { name: "In vain too" });
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries[1]).toMatchObject({ status: null, attempts: 5 });
    expect(receiver.deliveries).toHaveLength(5);
  });

  test("that is an error doesn't hold up later deliveries; the retry has the original body", async () => {
    const { receiver, sandbox, changes } = await setUp({ webhooks: { retryDelayMs: 50 } });
    await subscribe(sandbox);
    receiver.answers = [500];
    changes.contact(CONTACT, { name: "First" });
    changes.contact(CONTACT, { name: "Second" });
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(["First", "Second", "First"]);
  });

  test("410 suspends the webhook until it is activated again", async () => {
    const { receiver, sandbox, changes } = await setUp(retrying);
    const id = await subscribe(sandbox);
    receiver.answers = [410];
    changes.contact(CONTACT, { name: "Unwanted" });
    changes.contact(CONTACT, { name: "Under way" });
    await sandbox.webhooks.idle();
    changes.contact(CONTACT, { name: "Later" });
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(["Unwanted"]);
    const api = apiOf(sandbox);
    const { data } = (await api(`webhooks/${id}?fields=status,shared_secret`)).body;
    expect(data.status).toBe("suspended");
    const { access_token } = sandbox.issueToken(350);
    const headers = { Authorization: `Bearer ${access_token}`, "X-Hook-Secret": data.shared_secret };
    await fetch(`${sandbox.url}/api/v4/webhooks/${id}/activate`, { method: "PUT", headers });
    changes.contact(CONTACT, { name: "Wanted" });
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(["Unwanted", "Wanted"]);
  });

  test("and retries are no longer awaited once the sandbox closes", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    receiver.answers = [500, "hang"];
    changes.contact(CONTACT, { name: "Waits for its retry" });
    changes.contact(CONTACT, { name: "Waits for a response" });
    changes.contact(CONTACT, { name: "Waits for its turn" });
    await vi.waitFor(() => expect(receiver.deliveries).toHaveLength(2), { timeout: 30_000 });
    await sandbox.close();
    changes.contact(CONTACT, { name: "Too late" });
    await sandbox.webhooks.idle();
    expect(sandbox.webhooks.deliveries.map(({ attempts }) => attempts)).toEqual([1, 1, 0, 0]);
    expect(receiver.deliveries).toHaveLength(2);
  });
});

describe("irregular deliveries", () => {
  test("repeat: each delivery is sent several times", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    sandbox.webhooks.repeat = 3;
    changes.contact(CONTACT, { name: "One" });
    sandbox.webhooks.repeat = 1;
    changes.contact(CONTACT, { name: "Two" });
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(["One", "One", "One", "Two"]);
    expect(sandbox.webhooks.deliveries).toHaveLength(4);
  });

  test("drop: deliveries are lost and logged without an attempt", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    sandbox.webhooks.drop = 2;
    for (const name of ["One", "Two", "Three"]) changes.contact(CONTACT, { name });
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(["Three"]);
    expect(sandbox.webhooks.deliveries.map(({ attempts }) => attempts)).toEqual([0, 0, 1]);
    sandbox.webhooks.drop = Number.POSITIVE_INFINITY;
    for (const name of ["Four", "Five"]) changes.contact(CONTACT, { name });
    sandbox.webhooks.drop = 0;
    changes.contact(CONTACT, { name: "Six" });
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(["Three", "Six"]);
  });

  const made = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];

  test.each([
    [undefined, made],
    [{ order: "asMade" }, made],
    [{ order: "reversed" }, made.toReversed()],
    [{ order: "reversed", times: 2 }, made.toReversed().flatMap((name) => [name, name])],
  ] as const)("hold and release %o", async (how, expected) => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    sandbox.webhooks.hold();
    for (const name of made) changes.contact(CONTACT, { name });
    await sandbox.webhooks.idle();
    expect(receiver.deliveries).toEqual([]);
    sandbox.webhooks.release(how);
    await sandbox.webhooks.idle();
    expect(names(receiver)).toEqual(expected);
    changes.contact(CONTACT, { name: "Nine" });
    await sandbox.webhooks.idle();
    expect(names(receiver).at(-1)).toBe("Nine");
  });

  test("shuffled: a different order, the same for the same seed, with nothing missing", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    const orders = [];
    for (const seed of [1, 1, 2]) {
      sandbox.webhooks.hold();
      for (const name of made) changes.contact(CONTACT, { name });
      sandbox.webhooks.release({ order: "shuffled", times: 2, seed });
      await sandbox.webhooks.idle();
      orders.push(names(receiver));
      receiver.deliveries.length = 0;
    }
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]).not.toEqual(orders[2]);
    expect(orders[0]).not.toEqual(made.flatMap((name) => [name, name]));
    expect(orders[0]!.toSorted()).toEqual([...made, ...made].sort());
  });
});

describe("over HTTP", () => {
  async function control(sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${sandbox.url}/sandbox/webhooks${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  test("settings can be changed, and deliveries held, released and listed", async () => {
    const { receiver, sandbox, changes } = await setUp({ webhooks: { deliverTo: "http://127.0.0.1:9" } });
    const settings = {
      deliverTo: `${receiver.url}/ignored`,
      handshake: "before",
      retryDelayMs: 5,
      timeoutMs: 500,
      repeat: 2,
      drop: 1,
    };
    expect((await control(sandbox, "PATCH", "", settings)).status).toBe(204);
    expect(sandbox.webhooks).toMatchObject({ ...settings, deliverTo: receiver.url });
    await subscribe(sandbox);
    expect((await control(sandbox, "POST", "/hold")).status).toBe(204);
    for (const name of ["Lost", "One", "Two"]) changes.contact(CONTACT, { name });
    expect((await control(sandbox, "POST", "/release", { order: "reversed" })).status).toBe(204);
    const log = await control(sandbox, "GET", "/deliveries");
    expect(await log.json()).toEqual(sandbox.webhooks.deliveries);
    expect(names(receiver)).toEqual(["Two", "Two", "One", "One"]);
    expect((await control(sandbox, "POST", "/release")).status).toBe(204);

    expect((await control(sandbox, "PATCH", "", { drop: null, deliverTo: null })).status).toBe(204);
    expect(sandbox.webhooks).toMatchObject({ drop: Number.POSITIVE_INFINITY, deliverTo: null, repeat: 2 });
    expect(sandbox.requests.filter(({ path }) => path.startsWith("/sandbox"))).toEqual([]);
  });

  test.each([
    ["PATCH", "", { deliverTo: "nowhere" }, "deliverTo"],
    ["PATCH", "", { deliverTo: "ftp://127.0.0.1" }, "deliverTo"],
    ["PATCH", "", { handshake: "later" }, "handshake"],
    ["PATCH", "", { repeat: 0 }, "repeat"],
    ["PATCH", "", { registry: {} }, "registry"],
    ["POST", "/release", { order: "sideways" }, "order"],
    ["POST", "/release", { times: -1 }, "times"],
  ])("%s %s %j gets 400 with the reason", async (method, path, body, why) => {
    const { sandbox } = await setUp();
    const answer = await control(sandbox, method, path, body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(why);
  });
});
