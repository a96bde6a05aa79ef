import { describe, expect, onTestFinished, test, vi } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { matter, person, user } from "../../sandbox/firms/firm.ts";
import { freePort } from "../../sandbox/free-port.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/sandbox.ts";
import { apiOf } from "./client.ts";
import { type Receiver, receiverForTest, signatureOf } from "./receiver.ts";

const { janeDoe } = cases;
/** A contact whom nobody is kept from seeing. */
const CONTACT = cases.noNumber.contactId;

/** A sandbox whose webhooks lead to a receiver, both gone after the test. */
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

/** An enabled webhook: its id. */
async function subscribe(sandbox: Sandbox, more: object = {}, userId = 350): Promise<number> {
  const { status, body } = await apiOf(sandbox, userId)("webhooks", "POST", {
    url: "https://router.example/hooks",
    model: "contact",
    fields: "id,name",
    ...more,
  });
  expect(status).toBe(201);
  await sandbox.webhooks.settled();
  return body.data.id;
}

const names = ({ deliveries }: Receiver): unknown[] => deliveries.map(({ body }) => body.data.name);
const events = ({ deliveries }: Receiver): unknown[] => deliveries.map(({ body }) => body.meta.event);

describe("a delivery", () => {
  test("says what changed, in the fields asked for, and is signed with the secret of the handshake", async () => {
    const { receiver, sandbox, changes } = await setUp();
    const id = await subscribe(sandbox, { fields: "id,name,etag,phone_numbers{number},company{name}" });
    changes.contact(cases.company.employeeId, { name: "Øwen “Ove” Park" });
    await sandbox.webhooks.settled();
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
      { webhookId: id, event: "updated", recordId: cases.company.employeeId, status: 200, tries: 1 },
    ]);
  });

  test("comes when a record is added, changed or removed; of one that is gone it says the id", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    await subscribe(sandbox, { fields: "name,etag", events: ["deleted"] });
    changes.addContact(person(5, "Ada First"));
    changes.contact(5, { name: "Ada Second" });
    changes.removeContact(5);
    await sandbox.webhooks.settled();
    expect(receiver.deliveries.map(({ body }) => [body.meta.event, body.data])).toEqual([
      ["created", { id: 5, name: "Ada First" }],
      ["updated", { id: 5, name: "Ada Second" }],
      ["deleted", { id: 5 }],
      ["deleted", { id: 5, etag: expect.any(String) }],
    ]);
  });

  test("comes to the webhooks alone that ask for the model and the event", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox, { model: "matter", fields: "id", url: "https://router.example/matters" });
    await subscribe(sandbox, { events: ["created"], url: "https://router.example/created" });
    await subscribe(sandbox, { model: "task", url: "https://router.example/tasks" });
    changes.contact(CONTACT, { title: "Owner" });
    changes.user(354, { name: "Somebody Else" });
    changes.matter(janeDoe.matterId, { description: "Lease" });
    changes.addContact(person(5, "Ada First"));
    await sandbox.webhooks.settled();
    expect(receiver.deliveries.map(({ path }) => path)).toEqual(["/matters", "/created"]);
  });

  test("tells of a matter's status, beside that it was updated", async () => {
    const { receiver, sandbox, changes } = await setUp();
    const all = ["created", "updated", "deleted", "matter_opened", "matter_pended", "matter_closed"];
    await subscribe(sandbox, { model: "matter", fields: "id,status", events: all });
    const client = sandbox.firms[0]!.contacts[0]!;
    changes.addMatter(matter(12, 900, client, "Lease", { status: "Pending" }));
    changes.matter(12, { description: "Lease renewal" });
    changes.matter(12, { status: "Open" });
    changes.matter(12, { status: "Closed" });
    changes.removeMatter(12);
    await sandbox.webhooks.settled();
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

  test("comes of a change made on the pages and of one made over HTTP", async () => {
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
    await sandbox.webhooks.settled();
    const staff = receiver.deliveries.map(({ body }) => body.data.responsible_staff.id);
    expect(staff).toEqual([354, 356]);
  });

  test("shows what the webhook's user may see, and no hidden contact", async () => {
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
    await sandbox.webhooks.settled();
    expect(receiver.deliveries.map(({ body }) => body.data)).toEqual([
      { id: CONTACT, name: "Walter Nosh" },
      { id: janeDoe.matterId, client: null },
    ]);
  });

  test("does not come before the handshake, nor after the end, until there is a later one", async () => {
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
    await sandbox.webhooks.settled();
    const extended = { expires_at: "2026-06-20T00:00:00Z" };
    expect((await apiOf(sandbox)(`webhooks/${id}`, "PATCH", extended)).status).toBe(200);
    changes.contact(CONTACT, { name: "Extended" });
    await sandbox.webhooks.settled();
    expect(names(receiver)).toEqual(["In time", "Extended"]);
  });

  test("does not come to a webhook that was deleted", async () => {
    const { receiver, sandbox, changes } = await setUp();
    const id = await subscribe(sandbox);
    sandbox.webhooks.hold();
    changes.contact(CONTACT, { name: "One" });
    await apiOf(sandbox)(`webhooks/${id}`, "DELETE");
    sandbox.webhooks.release();
    changes.contact(CONTACT, { name: "Two" });
    await sandbox.webhooks.settled();
    expect(receiver.deliveries).toEqual([]);
  });
});

describe("an answer", () => {
  const retrying = { webhooks: { retryBase: 1, timeout: 500 } };

  test.each([200, 204, 299, 301, 302, 308])("%i is the end of it", async (status) => {
    const { receiver, sandbox, changes } = await setUp(retrying);
    await subscribe(sandbox);
    receiver.answers = [status];
    changes.contact(CONTACT, { name: "Once" });
    await sandbox.webhooks.settled();
    expect(sandbox.webhooks.deliveries).toMatchObject([{ status, tries: 1 }]);
    expect(receiver.deliveries).toHaveLength(1);
  });

  test.each([400, 401, 404, 429, 500, 503, "reset", "hang"] as const)(
    "%s brings it again, the same and signed",
    async (answer) => {
      const { receiver, sandbox, changes } = await setUp(retrying);
      await subscribe(sandbox);
      receiver.answers = answer === "hang" ? [answer] : [answer, answer];
      changes.contact(CONTACT, { name: "Again" });
      await sandbox.webhooks.settled();
      expect(sandbox.webhooks.deliveries).toMatchObject([{ status: 200, tries: answer === "hang" ? 2 : 3 }]);
      expect(new Set(receiver.deliveries.map(({ raw }) => raw)).size).toBe(1);
      const { raw, headers } = receiver.deliveries.at(-1)!;
      expect(headers["x-hook-signature"]).toBe(
        signatureOf(receiver.handshakes[0]!.headers["x-hook-secret"], raw),
      );
    },
  );

  test("that never comes, or never is good, ends it after five tries", async () => {
    const { receiver, sandbox, changes } = await setUp(retrying);
    await subscribe(sandbox);
    receiver.answers = Array(5).fill(500);
    changes.contact(CONTACT, { name: "In vain" });
    await sandbox.webhooks.settled();
    expect(sandbox.webhooks.deliveries).toMatchObject([{ status: 500, tries: 5 }]);
    sandbox.webhooks.deliverTo = `http://127.0.0.1:${await freePort()}`;
    changes.contact(CONTACT, { name: "In vain too" });
    await sandbox.webhooks.settled();
    expect(sandbox.webhooks.deliveries[1]).toMatchObject({ status: null, tries: 5 });
    expect(receiver.deliveries).toHaveLength(5);
  });

  test("that is bad lets later deliveries go ahead; the second try is of what was said then", async () => {
    const { receiver, sandbox, changes } = await setUp({ webhooks: { retryBase: 50 } });
    await subscribe(sandbox);
    receiver.answers = [500];
    changes.contact(CONTACT, { name: "First" });
    changes.contact(CONTACT, { name: "Second" });
    await sandbox.webhooks.settled();
    expect(names(receiver)).toEqual(["First", "Second", "First"]);
  });

  test("410 suspends the webhook, until it is activated again", async () => {
    const { receiver, sandbox, changes } = await setUp(retrying);
    const id = await subscribe(sandbox);
    receiver.answers = [410];
    changes.contact(CONTACT, { name: "Unwanted" });
    changes.contact(CONTACT, { name: "Under way" });
    await sandbox.webhooks.settled();
    changes.contact(CONTACT, { name: "Later" });
    await sandbox.webhooks.settled();
    expect(names(receiver)).toEqual(["Unwanted"]);
    const api = apiOf(sandbox);
    const { data } = (await api(`webhooks/${id}?fields=status,shared_secret`)).body;
    expect(data.status).toBe("suspended");
    const { access_token } = sandbox.issueToken(350);
    const headers = { Authorization: `Bearer ${access_token}`, "X-Hook-Secret": data.shared_secret };
    await fetch(`${sandbox.url}/api/v4/webhooks/${id}/activate`, { method: "PUT", headers });
    changes.contact(CONTACT, { name: "Wanted" });
    await sandbox.webhooks.settled();
    expect(names(receiver)).toEqual(["Unwanted", "Wanted"]);
  });

  test("is waited for no longer once the sandbox closes, and no second try is", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    receiver.answers = [500, "hang"];
    changes.contact(CONTACT, { name: "Waits for its second try" });
    changes.contact(CONTACT, { name: "Waits for an answer" });
    changes.contact(CONTACT, { name: "Waits for its turn" });
    await vi.waitFor(() => expect(receiver.deliveries).toHaveLength(2));
    await sandbox.close();
    changes.contact(CONTACT, { name: "Too late" });
    await sandbox.webhooks.settled();
    expect(sandbox.webhooks.deliveries.map(({ tries }) => tries)).toEqual([1, 1, 0, 0]);
    expect(receiver.deliveries).toHaveLength(2);
  });
});

describe("disorder", () => {
  test("repeat: each delivery is sent so often", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    sandbox.webhooks.repeat = 3;
    changes.contact(CONTACT, { name: "One" });
    sandbox.webhooks.repeat = 1;
    changes.contact(CONTACT, { name: "Two" });
    await sandbox.webhooks.settled();
    expect(names(receiver)).toEqual(["One", "One", "One", "Two"]);
    expect(sandbox.webhooks.deliveries).toHaveLength(4);
  });

  test("drop: so many are lost, and logged as never sent", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    sandbox.webhooks.drop = 2;
    for (const name of ["One", "Two", "Three"]) changes.contact(CONTACT, { name });
    await sandbox.webhooks.settled();
    expect(names(receiver)).toEqual(["Three"]);
    expect(sandbox.webhooks.deliveries.map(({ tries }) => tries)).toEqual([0, 0, 1]);
    sandbox.webhooks.drop = Number.POSITIVE_INFINITY;
    for (const name of ["Four", "Five"]) changes.contact(CONTACT, { name });
    sandbox.webhooks.drop = 0;
    changes.contact(CONTACT, { name: "Six" });
    await sandbox.webhooks.settled();
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
    await sandbox.webhooks.settled();
    expect(receiver.deliveries).toEqual([]);
    sandbox.webhooks.release(how);
    await sandbox.webhooks.settled();
    expect(names(receiver)).toEqual(expected);
    changes.contact(CONTACT, { name: "Nine" });
    await sandbox.webhooks.settled();
    expect(names(receiver).at(-1)).toBe("Nine");
  });

  test("shuffled: another order, the same for the same seed, in which nothing is missing", async () => {
    const { receiver, sandbox, changes } = await setUp();
    await subscribe(sandbox);
    const orders = [];
    for (const seed of [1, 1, 2]) {
      sandbox.webhooks.hold();
      for (const name of made) changes.contact(CONTACT, { name });
      sandbox.webhooks.release({ order: "shuffled", times: 2, seed });
      await sandbox.webhooks.settled();
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

  test("everything can be set, and deliveries held, released and looked at", async () => {
    const { receiver, sandbox, changes } = await setUp({ webhooks: { deliverTo: "http://127.0.0.1:9" } });
    const settings = {
      deliverTo: `${receiver.url}/ignored`,
      handshake: "before",
      retryBase: 5,
      timeout: 500,
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
    ["PATCH", "", { register: {} }, "register"],
    ["POST", "/release", { order: "sideways" }, "order"],
    ["POST", "/release", { times: -1 }, "times"],
  ])("%s %s %j is a 400 that says why", async (method, path, body, why) => {
    const { sandbox } = await setUp();
    const answer = await control(sandbox, method, path, body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(why);
  });
});
