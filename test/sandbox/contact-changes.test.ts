import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { PERMISSIONS, user } from "../../sandbox/firms/firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { apiOf } from "./client.ts";

const READ_ONLY = 399;

let sandbox: Sandbox;
let send: ReturnType<typeof apiOf>;

beforeEach(async () => {
  const firm = exampleFirm();
  const granted = PERMISSIONS.filter((each) => each !== "contacts_write");
  firm.users.push(user(READ_ONLY, "Sid Small", { permissions: new Set(granted) }));
  sandbox = await startSandbox({ firms: [firm], requestsPerMinute: Number.POSITIVE_INFINITY });
  send = apiOf(sandbox);
});
afterEach(() => sandbox.close());

const newPerson = (more: object = {}) => ({
  type: "Person",
  name: "Ada Novello",
  first_name: "Ada",
  last_name: "Novello",
  phone_numbers: [{ name: "Other", number: "+14155550137", default_number: true }],
  ...more,
});

describe("POST /contacts", () => {
  test("creates a person, whom a search finds at once", async () => {
    const created = await send(
      "contacts?fields=id,name,type,first_name,last_name,is_client,phone_numbers{name,number,primary}",
      "POST",
      newPerson(),
    );
    expect(created.status).toBe(201);
    expect(created.body.data).toEqual({
      id: expect.any(Number),
      name: "Ada Novello",
      type: "Person",
      first_name: "Ada",
      last_name: "Novello",
      is_client: false,
      phone_numbers: [{ name: "Other", number: "+14155550137", primary: true }],
    });
    const found = (await send("contacts?query=0137")).body.data;
    expect(found).toMatchObject([{ id: created.body.data.id }]);
  });

  test("doesn't look for duplicates", async () => {
    await send("contacts", "POST", newPerson());
    await send("contacts", "POST", newPerson());
    expect((await send("contacts?query=novello")).body.data).toHaveLength(2);
  });

  test("creates a company", async () => {
    const answer = await send("contacts?fields=name,type", "POST", { type: "Company", name: "Tallow & Co" });
    expect(answer).toMatchObject({ status: 201, body: { data: { name: "Tallow & Co", type: "Company" } } });
  });

  test.each<[what: string, data: object, status: number, message: string]>([
    [
      "a person without a first and last name",
      newPerson({ first_name: "", last_name: undefined }),
      422,
      "name",
    ],
    ["a company without a name", { type: "Company" }, 422, "name can't be blank"],
    ["no type", newPerson({ type: undefined }), 422, "type"],
    ["a phone without a number", newPerson({ phone_numbers: [{ name: "Work" }] }), 422, "number"],
    ["an unknown kind of number", newPerson({ phone_numbers: [{ name: "Desk", number: "1" }] }), 422, "name"],
    ["a property that Clio doesn't have", newPerson({ nickname: "A" }), 400, "nickname"],
  ])("%s is refused", async (_what, data, status, message) => {
    const before = (await send("contacts")).body.meta.records;
    const answer = await send("contacts", "POST", data);
    expect(answer).toMatchObject({ status, body: { error: { message: expect.stringContaining(message) } } });
    expect((await send("contacts")).body.meta.records).toBe(before);
  });
});

describe("PATCH /contacts/:id", () => {
  const { contactId, phone } = cases.janeDoe;
  const numbersOf = async (answer: ReturnType<typeof send>) =>
    (await answer).body.data.phone_numbers as { id: number; number: string; primary: boolean }[];
  const path = `contacts/${contactId}?fields=etag,updated_at,phone_numbers{id,number,primary}`;

  test("adds, changes and removes numbers", async () => {
    const added = await numbersOf(
      send(path, "PATCH", { phone_numbers: [{ name: "Mobile", number: "+14155550138" }] }),
    );
    expect(added).toMatchObject([
      { number: cases.janeDoe.typed, primary: true },
      { number: "+14155550138", primary: false },
    ]);
    const [first, second] = added;
    const changed = await numbersOf(
      send(path, "PATCH", {
        phone_numbers: [
          { id: first?.id, _destroy: true },
          { id: second?.id, number: "+14155550139", default_number: true },
        ],
      }),
    );
    expect(changed).toEqual([{ id: second?.id, number: "+14155550139", primary: true }]);
    expect((await send(`contacts?query=${phone.slice(-4)}`)).body.data).not.toContainEqual(
      expect.objectContaining({ id: contactId }),
    );
  });

  test("tells webhooks", async () => {
    const webhook = sandbox.webhooks.registry.create(350, {
      url: "https://router.example/hook",
      fields: "id",
      model: "contact",
    });
    sandbox.webhooks.registry.enable(webhook, webhook.shared_secret);
    sandbox.webhooks.drop = Number.POSITIVE_INFINITY;
    await send(path, "PATCH", { phone_numbers: [{ number: "+14155550138" }] });
    expect(sandbox.webhooks.deliveries).toMatchObject([{ event: "updated", recordId: contactId }]);
  });

  test("refuses a contact that has changed since", async () => {
    const { etag } = (await send(path)).body.data;
    sandbox.changes().contact(contactId, { title: "Dr" });
    const patch = { phone_numbers: [{ number: "+14155550138" }] };
    expect((await send(path, "PATCH", patch, { "If-Match": etag })).status).toBe(412);
    expect(await numbersOf(send(path))).toHaveLength(1);
  });

  test("refuses a number that isn't the contact's, and a contact that is hidden", async () => {
    expect((await send(path, "PATCH", { phone_numbers: [{ id: 1, number: "1" }] })).status).toBe(404);
    const hidden = await apiOf(sandbox, cases.bookkeeper.userId)(path, "PATCH", { phone_numbers: [] });
    expect(hidden.status).toBe(404);
  });
});

test("a user who may only read contacts gets 403 for changes", async () => {
  const readOnly = apiOf(sandbox, READ_ONLY);
  expect((await readOnly("contacts")).status).toBe(200);
  expect((await readOnly("contacts", "POST", newPerson())).status).toBe(403);
  const path = `contacts/${cases.janeDoe.contactId}`;
  expect((await readOnly(path, "PATCH", { phone_numbers: [] })).status).toBe(403);
});
