import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, answerOf, apiOf } from "./client.ts";

let sandbox: Sandbox;
let now: number;
let api: ReturnType<typeof apiOf>;

const VALID = {
  label: "Find responsible staff",
  target_url: "https://router.example/clio-action",
  ui_reference: "matters/show",
};
const FIELDS = "id,label,target_url,ui_reference,created_at,updated_at";

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1);
  sandbox = await startSandbox({ now: () => now, requestsPerMinute: Number.POSITIVE_INFINITY });
  api = apiOf(sandbox);
});
afterEach(() => sandbox.close());

const ids = (answer: Answer): number[] => answer.body.data.map(({ id }: { id: number }) => id);

async function create(more: object = {}, as = api): Promise<number> {
  const { status, body } = await as("custom_actions", "POST", { ...VALID, ...more });
  expect(status).toBe(201);
  return body.data.id;
}

describe("POST", () => {
  test("creates a custom action and returns id and etag, or the requested fields", async () => {
    const plain = await api("custom_actions.json", "POST", VALID);
    expect(plain.status).toBe(201);
    expect(Object.keys(plain.body.data)).toEqual(["id", "etag"]);
    const { status, body } = await api(`custom_actions?fields=${FIELDS}`, "POST", {
      ...VALID,
      ui_reference: "folders/show",
    });
    expect(status).toBe(201);
    expect(body.data).toEqual({
      ...VALID,
      ui_reference: "folders/show",
      id: expect.any(Number),
      created_at: "2026-06-01T00:00:00.000Z",
      updated_at: "2026-06-01T00:00:00.000Z",
    });
    expect(sandbox.customActions.of(350)).toHaveLength(2);
  });

  test.each(["activities", "contacts", "documents", "folders", "matters"])("accepts %s", async (kind) => {
    await create({ ui_reference: `${kind}/show` });
  });

  test.each([
    { label: "" },
    { label: "  " },
    { label: null },
    { label: undefined },
    { label: 5 },
    { target_url: "" },
    { target_url: "/clio-action" },
    { target_url: "ftp://router.example/" },
    { target_url: "javascript:alert(1)" },
    { target_url: undefined },
    { ui_reference: "bills/show" },
    { ui_reference: "matters" },
    { ui_reference: "matters/show/1" },
    { ui_reference: "matters/index" },
    { ui_reference: undefined },
  ])("%o gets 422", async (wrong) => {
    const answer = await api("custom_actions", "POST", { ...VALID, ...wrong });
    expect(answer).toMatchObject({ status: 422, body: { error: { message: expect.any(String) } } });
    expect(sandbox.customActions.of(350)).toEqual([]);
  });

  test("a duplicate with the same user, page and label gets 422", async () => {
    await create();
    expect(
      (await api("custom_actions", "POST", { ...VALID, target_url: "https://other.example/" })).status,
    ).toBe(422);
    await create({ label: "Another" });
    await create({ ui_reference: "contacts/show" });
    await create({}, apiOf(sandbox, 351));
    expect(sandbox.customActions.of(350)).toHaveLength(3);
  });

  test("an unknown field or an invalid body gets 400 and creates nothing", async () => {
    expect((await api("custom_actions?fields=shoe_size", "POST", VALID)).status).toBe(400);
    expect((await api("custom_actions", "POST")).status).toBe(400);
    expect((await api("custom_actions", "POST", null)).status).toBe(400);
    const { access_token } = sandbox.issueToken(350);
    const broken = await fetch(`${sandbox.url}/api/v4/custom_actions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
      body: '{"data":',
    });
    expect(await answerOf(broken)).toMatchObject({ status: 400, body: { error: { type: "ArgumentError" } } });
    expect(sandbox.customActions.of(350)).toEqual([]);
  });
});

describe("GET", () => {
  test("lists only the user's own, sorted by ID, in pages", async () => {
    const own = [await create(), await create({ label: "B" }), await create({ label: "C" })];
    const foreign = await create({}, apiOf(sandbox, 351));
    expect(ids(await api("custom_actions"))).toEqual(own);
    const first = await api("custom_actions?limit=2&fields=id,label");
    expect(first.body.meta.records).toBe(3);
    expect(ids(first)).toEqual(own.slice(0, 2));
    expect(ids(await api(first.body.meta.paging.next))).toEqual(own.slice(2));
    expect(ids(await api(`custom_actions?ids[]=${own[2]}&ids[]=${foreign}`))).toEqual([own[2]]);
    expect((await api("custom_actions?fields=user_id")).status).toBe(400);
    expect((await api("custom_actions?limit=201")).status).toBe(400);
  });

  test("returns one of the user's own; reading, changing or deleting another user's gets 404", async () => {
    const own = await create();
    const foreign = await create({}, apiOf(sandbox, 351));
    expect((await api(`custom_actions/${own}?fields=label`)).body.data).toEqual({ label: VALID.label });
    for (const id of [foreign, 1, "abc"]) {
      expect((await api(`custom_actions/${id}`)).status).toBe(404);
      expect((await api(`custom_actions/${id}`, "PATCH", { label: "Mine" })).status).toBe(404);
      expect((await api(`custom_actions/${id}`, "DELETE")).status).toBe(404);
    }
    expect(sandbox.customActions.of(351)).toMatchObject([{ id: foreign, label: VALID.label }]);
  });
});

describe("PATCH and DELETE", () => {
  test("PATCH changes the given values and updated_at", async () => {
    const id = await create();
    now += 1000;
    const target_url = "https://moved.example/clio-action";
    const { status, body } = await api(`custom_actions/${id}?fields=${FIELDS}`, "PATCH", { target_url });
    expect(status).toBe(200);
    expect(body.data).toEqual({
      ...VALID,
      id,
      target_url,
      created_at: "2026-06-01T00:00:00.000Z",
      updated_at: "2026-06-01T00:00:01.000Z",
    });
  });

  test("PATCH validates values, and accepts the current ones", async () => {
    const id = await create();
    await create({ label: "Taken" });
    for (const wrong of [{ label: "Taken" }, { label: "" }, { target_url: "x" }, { ui_reference: "x" }]) {
      expect((await api(`custom_actions/${id}`, "PATCH", wrong)).status).toBe(422);
    }
    expect((await api(`custom_actions/${id}`, "PATCH", VALID)).status).toBe(200);
    expect((await api(`custom_actions/${id}`, "PATCH")).status).toBe(400);
  });

  test("DELETE removes it, and then gets 404", async () => {
    const id = await create();
    expect(await api(`custom_actions/${id}`, "DELETE")).toMatchObject({ status: 204, body: "" });
    expect((await api(`custom_actions/${id}`, "DELETE")).status).toBe(404);
    expect(sandbox.customActions.of(350)).toEqual([]);
    await create();
  });
});

test("without the permission every request gets 403", async () => {
  const id = await create();
  sandbox.firms[0]!.users.find((each) => each.id === 350)!.permissions.delete("custom_actions");
  const answers = [
    await api("custom_actions"),
    await api("custom_actions", "POST", { ...VALID, label: "B" }),
    await api(`custom_actions/${id}`),
    await api(`custom_actions/${id}`, "PATCH", { label: "B" }),
    await api(`custom_actions/${id}`, "DELETE"),
  ];
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(403));
  expect(sandbox.customActions.of(350)).toMatchObject([{ id, label: VALID.label }]);
});

test("custom actions outlive their user's connection", async () => {
  await create();
  const { access_token } = sandbox.issueToken(350);
  await fetch(`${sandbox.url}/oauth/deauthorize`, {
    method: "POST",
    headers: { Authorization: `Bearer ${access_token}` },
  });
  sandbox.revoke(350);
  expect(sandbox.customActions.of(350)).toHaveLength(1);
});
