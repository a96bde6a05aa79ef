import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../sandbox/free-port.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, answerOf, apiOf } from "./client.ts";
import { type Receiver, receiverForTest } from "./webhook-receiver.ts";

let sandbox: Sandbox;
let receiver: Receiver;
let now: number;
let api: ReturnType<typeof apiOf>;

const VALID = { url: "https://router.example/hooks/1?of=firm", model: "contact", fields: "id,name" };
const ALL_FIELDS = "id,url,fields,model,status,events,expires_at,created_at,updated_at,user{id}";

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1);
  receiver = await receiverForTest();
  sandbox = await startSandbox({
    now: () => now,
    requestsPerMinute: Number.POSITIVE_INFINITY,
    webhooks: { deliverTo: receiver.url },
  });
  api = apiOf(sandbox);
});
afterEach(() => sandbox.close());

const ids = (answer: Answer): number[] => answer.body.data.map(({ id }: { id: number }) => id);

async function create(more: object = {}, as = api): Promise<number> {
  const { status, body } = await as("webhooks", "POST", { ...VALID, ...more });
  expect(status).toBe(201);
  await sandbox.webhooks.idle();
  return body.data.id;
}

async function read(id: number, fields: string, as = api) {
  const { status, body } = await as(`webhooks/${id}?fields=${fields}`);
  expect(status).toBe(200);
  return body.data;
}

async function activate(id: number, secret?: string): Promise<Answer> {
  const { access_token } = sandbox.issueToken(350);
  const headers = {
    Authorization: `Bearer ${access_token}`,
    ...(secret !== undefined && { "X-Hook-Secret": secret }),
  };
  const url = `${sandbox.url}/api/v4/webhooks/${id}/activate?fields=status`;
  return answerOf(await fetch(url, { method: "PUT", headers }));
}

const days = (count: number) => new Date(now + count * 24 * 3_600_000).toISOString();

describe("POST", () => {
  test("creates a webhook for three days and the three default events", async () => {
    const { status, body } = await api(`webhooks.json?fields=${ALL_FIELDS}`, "POST", VALID);
    expect(status).toBe(201);
    expect(body.data).toEqual({
      ...VALID,
      id: expect.any(Number),
      status: "pending",
      events: ["created", "updated", "deleted"],
      expires_at: "2026-06-04T00:00:00Z",
      created_at: "2026-06-01T00:00:00Z",
      updated_at: "2026-06-01T00:00:00Z",
      user: { id: 350 },
    });
    expect(Object.keys((await api("webhooks", "POST", VALID)).body.data)).toEqual(["id", "etag"]);
  });

  test("accepts events, an expiry within 31 days and any of Clio's models", async () => {
    const events = ["matter_closed", "updated"];
    const matter = { model: "matter", fields: "id,client{id,name}", events, expires_at: days(31) };
    expect(await read(await create(matter), "model,fields,events,expires_at")).toEqual({
      ...matter,
      expires_at: "2026-07-02T00:00:00Z",
    });
    for (const model of ["activity", "bill", "clio_payments_payment"]) await create({ model });
  });

  test.each([
    { url: "http://router.example/hooks" },
    { url: "router.example" },
    { url: null },
    { model: "user" },
    { model: undefined },
    { fields: undefined },
    { fields: "" },
    { fields: `id${",name".repeat(200)}` },
    { fields: "id,shoe_size" },
    { fields: "id,company{phone_numbers{number}}" },
    { fields: "id,display_number" },
    { events: ["updated", "renamed"] },
    { events: [] },
    { events: "updated" },
    { expires_at: "soon" },
    { expires_at: 5 },
    { expires_at: "2026-06-01T00:00:00Z" },
    { expires_at: "2026-07-02T00:00:01Z" },
  ])("%o gets 422", async (wrong) => {
    const answer = await api("webhooks", "POST", { ...VALID, ...wrong });
    expect(answer).toMatchObject({ status: 422, body: { error: { message: expect.any(String) } } });
    expect(sandbox.webhooks.registry.of(350)).toEqual([]);
    await sandbox.webhooks.idle();
    expect(receiver.handshakes).toEqual([]);
  });

  test("an unknown field or a missing body gets 400 and creates nothing", async () => {
    expect((await api("webhooks?fields=shoe_size", "POST", VALID)).status).toBe(400);
    expect((await api("webhooks", "POST")).status).toBe(400);
    expect(sandbox.webhooks.registry.of(350)).toEqual([]);
  });
});

describe("GET", () => {
  test("lists only the user's own, sorted by ID, in pages", async () => {
    const own = [await create(), await create(), await create()];
    const foreign = await create({}, apiOf(sandbox, 351));
    expect(ids(await api("webhooks"))).toEqual(own);
    const first = await api("webhooks?limit=2&order=id(asc)&fields=id,url");
    expect(first.body.meta.records).toBe(3);
    expect(ids(first)).toEqual(own.slice(0, 2));
    expect(ids(await api(first.body.meta.paging.next))).toEqual(own.slice(2));
    expect(ids(await api(`webhooks?ids[]=${own[2]}&ids[]=${foreign}`))).toEqual([own[2]]);
    now += 1000;
    await api(`webhooks/${own[1]}`, "PATCH", { fields: "id" });
    expect(ids(await api("webhooks?updated_since=2026-06-01T00:00:00Z"))).toEqual([own[1]]);
  });

  test("any request for another user's webhook gets 404", async () => {
    const foreign = await create({}, apiOf(sandbox, 351));
    const [webhook] = sandbox.webhooks.registry.of(351);
    const answers = [
      await api(`webhooks/${foreign}`),
      await api(`webhooks/${foreign}`, "PATCH", { fields: "id" }),
      await api(`webhooks/${foreign}`, "DELETE"),
      await activate(foreign, webhook!.shared_secret),
      await api("webhooks/1"),
    ];
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(404));
    expect(sandbox.webhooks.registry.of(351)).toEqual([webhook]);
  });
});

describe("PATCH and DELETE", () => {
  test("PATCH changes the given values without a handshake", async () => {
    const id = await create();
    now += 1000;
    const { status, body } = await api(`webhooks/${id}?fields=${ALL_FIELDS}`, "PATCH", {
      fields: "id,title",
      expires_at: days(31),
    });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      fields: "id,title",
      url: VALID.url,
      status: "enabled",
      expires_at: "2026-07-02T00:00:01Z",
      created_at: "2026-06-01T00:00:00Z",
      updated_at: "2026-06-01T00:00:01Z",
    });
    await sandbox.webhooks.idle();
    expect(receiver.handshakes).toHaveLength(1);
  });

  test("PATCH validates values, and can change an expired webhook", async () => {
    const id = await create();
    for (const wrong of [
      { url: "http://router.example" },
      { model: "matter", fields: "title" },
      { events: [] },
    ])
      expect((await api(`webhooks/${id}`, "PATCH", wrong)).status).toBe(422);
    now += 4 * 24 * 3_600_000;
    expect((await api(`webhooks/${id}`, "PATCH", { fields: "id" })).status).toBe(200);
    expect(await read(id, "expires_at")).toEqual({ expires_at: "2026-06-04T00:00:00Z" });
  });

  test("DELETE removes it, and then gets 404", async () => {
    const id = await create();
    expect(await api(`webhooks/${id}`, "DELETE")).toMatchObject({ status: 204, body: "" });
    expect((await api(`webhooks/${id}`, "DELETE")).status).toBe(404);
  });
});

test("without the permission every request gets 403", async () => {
  const id = await create();
  sandbox.firms[0]!.users.find((each) => each.id === 350)!.permissions.delete("webhooks");
  const answers = [
    await api("webhooks"),
    await api("webhooks", "POST", VALID),
    await api(`webhooks/${id}`),
    await api(`webhooks/${id}`, "PATCH", { fields: "id" }),
    await api(`webhooks/${id}`, "DELETE"),
    await activate(id),
  ];
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(403));
});

describe("the handshake", () => {
  test("sends a secret to the webhook's URL after the response, and enables it", async () => {
    const { body } = await api("webhooks?fields=id,status", "POST", VALID);
    expect(body.data.status).toBe("pending");
    await sandbox.webhooks.idle();
    const [handshake] = receiver.handshakes;
    expect(handshake!.path).toBe("/hooks/1?of=firm");
    expect(handshake!.body).toEqual({ data: { webhook_id: body.data.id } });
    expect(handshake!.headers["content-type"]).toBe("application/json");
    expect(await read(body.data.id, "status,shared_secret")).toEqual({
      status: "enabled",
      shared_secret: handshake!.headers["x-hook-secret"],
    });
  });

  test("can precede the response, before the app knows the ID", async () => {
    sandbox.webhooks.handshake = "before";
    const order: string[] = [];
    receiver.onHandshake = async () => {
      order.push("handshake");
    };
    const { body } = await api("webhooks?fields=id,status", "POST", VALID);
    order.push("answer");
    expect(order).toEqual(["handshake", "answer"]);
    expect(body.data.status).toBe("enabled");
  });

  test("that precedes the response times out if the app waits for the response first", async () => {
    sandbox.webhooks.handshake = "before";
    sandbox.webhooks.timeoutMs = 20;
    const answered = Promise.withResolvers<void>();
    receiver.onHandshake = () => answered.promise;
    const { body } = await api("webhooks?fields=id,status", "POST", VALID);
    answered.resolve();
    expect(body.data.status).toBe("pending");
  });

  test("can be turned off; the app then activates the webhook with its secret", async () => {
    sandbox.webhooks.handshake = "never";
    const id = await create();
    expect(receiver.handshakes).toEqual([]);
    const { shared_secret } = await read(id, "shared_secret");
    for (const wrong of [undefined, "", `${shared_secret}0`])
      expect((await activate(id, wrong)).status).toBe(422);
    expect(await read(id, "status")).toEqual({ status: "pending" });
    expect(await activate(id, shared_secret)).toMatchObject({
      status: 200,
      body: { data: { status: "enabled" } },
    });
    expect(await read(id, "status")).toEqual({ status: "enabled" });
  });

  test("fails if the secret is not returned or the app is unreachable", async () => {
    receiver.returnsSecret = false;
    expect(await read(await create(), "status")).toEqual({ status: "pending" });
    receiver.returnsSecret = true;
    sandbox.webhooks.deliverTo = `http://127.0.0.1:${await freePort()}`;
    expect(await read(await create(), "status")).toEqual({ status: "pending" });
  });

  test("is repeated with a new secret when the URL changes", async () => {
    const id = await create();
    const url = "https://router.example/moved";
    const { body } = await api(`webhooks/${id}?fields=status`, "PATCH", { url });
    expect(body.data.status).toBe("pending");
    await sandbox.webhooks.idle();
    const [first, second] = receiver.handshakes;
    expect(second).toMatchObject({ path: "/moved", body: { data: { webhook_id: id } } });
    expect(second!.headers["x-hook-secret"]).not.toBe(first!.headers["x-hook-secret"]);
    expect(await read(id, "status,shared_secret")).toEqual({
      status: "enabled",
      shared_secret: second!.headers["x-hook-secret"],
    });
    await api(`webhooks/${id}`, "PATCH", { url });
    await sandbox.webhooks.idle();
    expect(receiver.handshakes).toHaveLength(2);
  });
});
