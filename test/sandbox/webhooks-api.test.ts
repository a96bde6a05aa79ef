import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../sandbox/free-port.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, answerOf, apiOf } from "./client.ts";
import { type Receiver, receiverForTest } from "./receiver.ts";

let sandbox: Sandbox;
let receiver: Receiver;
let now: number;
let api: ReturnType<typeof apiOf>;

const GOOD = { url: "https://router.example/hooks/1?of=firm", model: "contact", fields: "id,name" };
const ALL = "id,url,fields,model,status,events,expires_at,created_at,updated_at,user{id}";

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
  const { status, body } = await as("webhooks", "POST", { ...GOOD, ...more });
  expect(status).toBe(201);
  await sandbox.webhooks.settled();
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
  test("makes one that lasts three days and asks for the three usual events", async () => {
    const { status, body } = await api(`webhooks.json?fields=${ALL}`, "POST", GOOD);
    expect(status).toBe(201);
    expect(body.data).toEqual({
      ...GOOD,
      id: expect.any(Number),
      status: "pending",
      events: ["created", "updated", "deleted"],
      expires_at: "2026-06-04T00:00:00Z",
      created_at: "2026-06-01T00:00:00Z",
      updated_at: "2026-06-01T00:00:00Z",
      user: { id: 350 },
    });
    expect(Object.keys((await api("webhooks", "POST", GOOD)).body.data)).toEqual(["id", "etag"]);
  });

  test("takes events, an end within 31 days, and every model that Clio has", async () => {
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
  ])("%o is a 422", async (wrong) => {
    const answer = await api("webhooks", "POST", { ...GOOD, ...wrong });
    expect(answer).toMatchObject({ status: 422, body: { error: { message: expect.any(String) } } });
    expect(sandbox.webhooks.register.of(350)).toEqual([]);
    await sandbox.webhooks.settled();
    expect(receiver.handshakes).toEqual([]);
  });

  test("an unknown field of its own or a missing body is a 400, and makes nothing", async () => {
    expect((await api("webhooks?fields=shoe_size", "POST", GOOD)).status).toBe(400);
    expect((await api("webhooks", "POST")).status).toBe(400);
    expect(sandbox.webhooks.register.of(350)).toEqual([]);
  });
});

describe("GET", () => {
  test("lists the user's own alone, by id, paged", async () => {
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

  test("another user's is a 404, whatever is asked of it", async () => {
    const foreign = await create({}, apiOf(sandbox, 351));
    const [webhook] = sandbox.webhooks.register.of(351);
    const answers = [
      await api(`webhooks/${foreign}`),
      await api(`webhooks/${foreign}`, "PATCH", { fields: "id" }),
      await api(`webhooks/${foreign}`, "DELETE"),
      await activate(foreign, webhook!.shared_secret),
      await api("webhooks/1"),
    ];
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(404));
    expect(sandbox.webhooks.register.of(351)).toEqual([webhook]);
  });
});

describe("PATCH and DELETE", () => {
  test("PATCH changes what it names, and shakes no hands for it", async () => {
    const id = await create();
    now += 1000;
    const { status, body } = await api(`webhooks/${id}?fields=${ALL}`, "PATCH", {
      fields: "id,title",
      expires_at: days(31),
    });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      fields: "id,title",
      url: GOOD.url,
      status: "enabled",
      expires_at: "2026-07-02T00:00:01Z",
      created_at: "2026-06-01T00:00:00Z",
      updated_at: "2026-06-01T00:00:01Z",
    });
    await sandbox.webhooks.settled();
    expect(receiver.handshakes).toHaveLength(1);
  });

  test("PATCH keeps to the rules, and may name one thing of a webhook that has expired", async () => {
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

  test("DELETE takes it away, once", async () => {
    const id = await create();
    expect(await api(`webhooks/${id}`, "DELETE")).toMatchObject({ status: 204, body: "" });
    expect((await api(`webhooks/${id}`, "DELETE")).status).toBe(404);
  });
});

test("without the permission everything is a 403", async () => {
  const id = await create();
  sandbox.firms[0]!.users.find((each) => each.id === 350)!.permissions.delete("webhooks");
  const answers = [
    await api("webhooks"),
    await api("webhooks", "POST", GOOD),
    await api(`webhooks/${id}`),
    await api(`webhooks/${id}`, "PATCH", { fields: "id" }),
    await api(`webhooks/${id}`, "DELETE"),
    await activate(id),
  ];
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(403));
});

describe("the handshake", () => {
  test("brings a secret to the webhook's own path, after the answer, and enables it", async () => {
    const { body } = await api("webhooks?fields=id,status", "POST", GOOD);
    expect(body.data.status).toBe("pending");
    await sandbox.webhooks.settled();
    const [handshake] = receiver.handshakes;
    expect(handshake!.path).toBe("/hooks/1?of=firm");
    expect(handshake!.body).toEqual({ data: { webhook_id: body.data.id } });
    expect(handshake!.headers["content-type"]).toBe("application/json");
    expect(await read(body.data.id, "status,shared_secret")).toEqual({
      status: "enabled",
      shared_secret: handshake!.headers["x-hook-secret"],
    });
  });

  test("can come before the answer, when the app cannot know the id yet", async () => {
    sandbox.webhooks.handshake = "before";
    const order: string[] = [];
    receiver.onHandshake = async () => {
      order.push("handshake");
    };
    const { body } = await api("webhooks?fields=id,status", "POST", GOOD);
    order.push("answer");
    expect(order).toEqual(["handshake", "answer"]);
    expect(body.data.status).toBe("enabled");
  });

  test("cannot come before the answer where the app waits for that, until the time is over", async () => {
    sandbox.webhooks.handshake = "before";
    sandbox.webhooks.timeout = 20;
    const answered = Promise.withResolvers<void>();
    receiver.onHandshake = () => answered.promise;
    const { body } = await api("webhooks?fields=id,status", "POST", GOOD);
    answered.resolve();
    expect(body.data.status).toBe("pending");
  });

  test("can be left out: the app activates the webhook with the secret, and with no other", async () => {
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

  test("fails where the secret does not come back, or nobody is there", async () => {
    receiver.shakesHands = false;
    expect(await read(await create(), "status")).toEqual({ status: "pending" });
    receiver.shakesHands = true;
    sandbox.webhooks.deliverTo = `http://127.0.0.1:${await freePort()}`;
    expect(await read(await create(), "status")).toEqual({ status: "pending" });
  });

  test("comes again, with another secret, when the URL changes", async () => {
    const id = await create();
    const url = "https://router.example/moved";
    const { body } = await api(`webhooks/${id}?fields=status`, "PATCH", { url });
    expect(body.data.status).toBe("pending");
    await sandbox.webhooks.settled();
    const [first, second] = receiver.handshakes;
    expect(second).toMatchObject({ path: "/moved", body: { data: { webhook_id: id } } });
    expect(second!.headers["x-hook-secret"]).not.toBe(first!.headers["x-hook-secret"]);
    expect(await read(id, "status,shared_secret")).toEqual({
      status: "enabled",
      shared_secret: second!.headers["x-hook-secret"],
    });
    await api(`webhooks/${id}`, "PATCH", { url });
    await sandbox.webhooks.settled();
    expect(receiver.handshakes).toHaveLength(2);
  });
});
