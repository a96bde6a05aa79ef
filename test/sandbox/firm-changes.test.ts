import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { company, matter, person, user } from "../../sandbox/firms/firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, apiOf } from "./client.ts";

let sandbox: Sandbox;
let now: number;
let get: (path: string) => Promise<Answer>;

const { janeDoe } = cases;
const NOW = "2026-06-01T12:00:00Z";

beforeEach(async () => {
  now = Date.parse("2026-06-01T12:00:00.750Z");
  const other = { ...exampleFirm(), account: { id: 77002, name: "Other" }, users: [user(900, "Una Large")] };
  sandbox = await startSandbox({
    firms: [exampleFirm(), other],
    now: () => now,
    requestsPerMinute: Number.POSITIVE_INFINITY,
  });
  get = apiOf(sandbox);
});
afterEach(() => sandbox.close());

const ids = (answer: Answer): number[] => answer.body.data.map(({ id }: { id: number }) => id);
const found = async (query: string) => ids(await get(`contacts?query=${encodeURIComponent(query)}`));

describe("a contact", () => {
  test("that is changed shows the change at once, with a new updated_at", async () => {
    const before = (await get(`contacts/${janeDoe.contactId}`)).body.data.etag;
    const changed = sandbox.changes().contact(janeDoe.contactId, { name: "Jane Roe", title: "Owner" });
    const { data } = (await get(`contacts/${janeDoe.contactId}?fields=etag,name,title,updated_at`)).body;
    expect(data).toMatchObject({ name: "Jane Roe", title: "Owner", updated_at: NOW });
    expect(data.etag).not.toBe(before);
    expect(sandbox.firms[0]!.contacts).toContain(changed);
    expect(ids(await get(`contacts?updated_since=2026-06-01T11:59:59Z`))).toEqual([janeDoe.contactId]);
    expect(ids(await get(`contacts?updated_since=2026-06-01T12:00:00Z`))).toEqual([]);
    expect(ids(await get(`contacts?updated_since=2026-06-01T13:59:59.5%2B02:00`))).toEqual([
      janeDoe.contactId,
    ]);
  });

  test("that is changed twice in a second is found by its latest text and has a new etag", async () => {
    sandbox.changes().contact(janeDoe.contactId, { name: "Jane Firstname" });
    expect(await found("Firstname")).toEqual([janeDoe.contactId]);
    const before = (await get(`contacts/${janeDoe.contactId}`)).body.data.etag;
    sandbox.changes().contact(janeDoe.contactId, { name: "Jane Secondname" });
    expect(await found("Firstname")).toEqual([]);
    expect(await found("Secondname")).toEqual([janeDoe.contactId]);
    expect((await get(`contacts/${janeDoe.contactId}`)).body.data.etag).not.toBe(before);
  });

  test("that is added is sorted into lists by ID, with the current time as created_at", async () => {
    const first = person(5, "Ada First", { phones: ["(415) 555-0199"] });
    sandbox.changes().addContact(first);
    sandbox.changes().addContact(person(9_000_000_000, "Zoe Last"));
    const all = ids(await get("contacts"));
    expect([all.at(0), all.at(-1)]).toEqual([5, 9_000_000_000]);
    expect(all).toHaveLength(sandbox.firms[0]!.contacts.length);
    const { data } = (await get("contacts/5?fields=name,created_at,updated_at")).body;
    expect(data).toEqual({ name: "Ada First", created_at: NOW, updated_at: NOW });
    expect(await found("Ada First")).toEqual([5]);
    expect(first.created_at).not.toBe(NOW);
    expect(() => sandbox.changes().addContact(first)).toThrow("the id 5 is taken");
  });

  test("that is removed disappears, and its matters have no client", async () => {
    expect(await found("Jane Doe")).toEqual([janeDoe.contactId]);
    sandbox.changes().removeContact(janeDoe.contactId);
    expect((await get(`contacts/${janeDoe.contactId}`)).status).toBe(404);
    expect(ids(await get("contacts"))).not.toContain(janeDoe.contactId);
    expect(await found("Jane Doe")).toEqual([]);
    const { data } = (await get(`matters/${janeDoe.matterId}?fields=client{id},client_id`)).body;
    expect(data).toEqual({ client: null, client_id: null });
    expect(ids(await get(`matters?client_id=${janeDoe.contactId}`))).toEqual([]);
    expect(sandbox.firms[0]!.contacts.map(({ id }) => id)).not.toContain(janeDoe.contactId);
    expect(() => sandbox.changes().removeContact(janeDoe.contactId)).toThrow(
      `there is no contact ${janeDoe.contactId}`,
    );
  });

  test("is found by its company's current name", async () => {
    const { companyId, employeeId } = cases.company;
    const both = [companyId, employeeId];
    expect(await found("Northgate Bakery")).toEqual(both);
    sandbox.changes().contact(companyId, { name: "Southgate Bakery" });
    expect(await found("Southgate Bakery")).toEqual(both);
    sandbox.changes().addContact(company(7, "Eastgate Mill"));
    sandbox.changes().contact(employeeId, { company_id: 7 });
    expect(await found("Eastgate Mill")).toEqual([7, employeeId]);
    sandbox.changes().contact(companyId, { name: "Westgate Bakery" });
    expect(await found("Westgate Bakery")).toEqual([companyId]);
    sandbox.changes().removeContact(7);
    expect(await found("Eastgate Mill")).toEqual([]);
  });
});

describe("a matter", () => {
  test("that is changed shows the change, and its client is found by the new text", async () => {
    expect(await found("Doe lease renewal")).toEqual([]);
    sandbox
      .changes()
      .matter(janeDoe.matterId, { description: "Doe lease renewal", responsible_staff_id: 354 });
    expect(await found("Doe lease renewal")).toEqual([janeDoe.contactId]);
    const { data } = (
      await get(`matters/${janeDoe.matterId}?fields=description,responsible_staff{id},updated_at`)
    ).body;
    expect(data).toEqual({
      description: "Doe lease renewal",
      responsible_staff: { id: 354 },
      updated_at: NOW,
    });
  });

  test("can move to another client", async () => {
    const other = cases.noNumber.contactId;
    const [own] = ids(await get(`matters?client_id=${other}`));
    sandbox.changes().matter(janeDoe.matterId, { client_id: other });
    expect(ids(await get(`matters?client_id=${janeDoe.contactId}`))).toEqual([]);
    expect(ids(await get(`matters?client_id=${other}`))).toEqual([janeDoe.matterId, own]);
    expect(await found(janeDoe.displayNumber)).toEqual([other]);
  });

  test("can be added and removed", async () => {
    const client = sandbox.firms[0]!.contacts.find(({ id }) => id === janeDoe.contactId)!;
    sandbox.changes().addMatter(matter(12, 900, client, "Doe patent"));
    expect(ids(await get(`matters?client_id=${client.id}`))).toEqual([12, janeDoe.matterId]);
    expect(await found("Doe patent")).toEqual([client.id]);
    sandbox.changes().removeMatter(12);
    expect(ids(await get(`matters?client_id=${client.id}`))).toEqual([janeDoe.matterId]);
    expect((await get("matters/12")).status).toBe(404);
    expect(await found("Doe patent")).toEqual([]);
    expect(sandbox.firms[0]!.matters.map(({ id }) => id)).not.toContain(12);
  });
});

describe("a user", () => {
  test("that is changed shows the change", async () => {
    sandbox.changes().user(354, { phone_number: "(628) 555-0199", enabled: false });
    const { data } = (await get("users/354?fields=phone_number,enabled,updated_at")).body;
    expect(data).toEqual({ phone_number: "(628) 555-0199", enabled: false, updated_at: NOW });
  });

  test("that is added can get tokens; an ID used in any firm is taken", async () => {
    sandbox.changes().addUser(user(399, "New Hand"));
    const { data } = (await apiOf(sandbox, 399)("users/who_am_i?fields=name")).body;
    expect(data).toEqual({ name: "New Hand" });
    expect(sandbox.firms[0]!.users.at(-1)?.name).toBe("New Hand");
    for (const id of [350, 900])
      expect(() => sandbox.changes().addUser(user(id, "New Hand"))).toThrow("is taken");
  });
});

test("changes apply to one firm only", async () => {
  sandbox.changes(77002).contact(janeDoe.contactId, { name: "Other Jane" });
  expect(await found("Other Jane")).toEqual([]);
  const other = apiOf(sandbox, 900);
  expect(ids(await other("contacts?query=Other+Jane"))).toEqual([janeDoe.contactId]);
  expect(() => sandbox.changes(1)).toThrow("account 1");
});

test("after many changes lists stay sorted and cursors continue where they were", async () => {
  const changes = sandbox.changes();
  const all = ids(await get("contacts"));
  const first = await get("contacts?limit=10");
  for (const id of all.slice(5, 15)) changes.removeContact(id);
  for (const id of [3_000_000_003, 3_000_000_001, 3_000_000_002])
    changes.addContact(person(id, "Late Comer"));
  const rest = ids(await get(first.body.meta.paging.next.replace("limit=10", "limit=200")));
  expect(rest).toEqual([...all.slice(15), 3_000_000_001, 3_000_000_002, 3_000_000_003]);
});

describe("over HTTP", () => {
  const post = async (changes: unknown, query = "") => {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(changes);
    const answer = await fetch(`${sandbox.url}/sandbox/changes${query}`, { method: "POST", headers, body });
    return { status: answer.status, text: await answer.text() };
  };

  test("changes are applied in order and not logged", async () => {
    const answer = await post([
      { kind: "contact", change: "add", id: 5, record: { name: "Ada First", first_name: "Ada" } },
      { kind: "contact", change: "update", id: 5, record: { title: "Owner" } },
      { kind: "matter", change: "add", id: 6, record: { client_id: 5, status: "Closed" } },
      { kind: "matter", change: "update", id: 6, record: { description: "Sale", close_date: null } },
      { kind: "matter", change: "remove", id: janeDoe.matterId },
      { kind: "contact", change: "remove", id: janeDoe.contactId },
      { kind: "user", change: "add", id: 398, record: { name: "New Hand", permissions: ["users"] } },
      { kind: "user", change: "update", id: 350, record: { hiddenContacts: [5] } },
    ]);
    expect(answer).toEqual({ status: 204, text: "" });
    expect(sandbox.requests).toEqual([]);
    const read = apiOf(sandbox, 351);
    expect((await read("contacts/5?fields=name,type,title,phone_numbers")).body.data).toEqual({
      name: "Ada First",
      type: "Person",
      title: "Owner",
      phone_numbers: [],
    });
    expect((await read("matters?client_id=5&fields=id,status,description")).body.data).toEqual([
      { id: 6, status: "Closed", description: "Sale" },
    ]);
    expect((await read(`matters/${janeDoe.matterId}`)).status).toBe(404);
    expect((await get("contacts/5")).status).toBe(404);
    const added = apiOf(sandbox, 398);
    expect([(await added("users")).status, (await added("contacts")).status]).toEqual([200, 403]);
  });

  test("account selects the firm", async () => {
    expect(
      (await post([{ kind: "contact", change: "remove", id: janeDoe.contactId }], "?account=77002")).status,
    ).toBe(204);
    expect((await get(`contacts/${janeDoe.contactId}`)).status).toBe(200);
    expect((await apiOf(sandbox, 900)(`contacts/${janeDoe.contactId}`)).status).toBe(404);
    expect(await post([], "?account=1")).toMatchObject({
      status: 400,
      text: expect.stringContaining("account 1"),
    });
  });

  test.each([
    [{ kind: "contact" }, "array"],
    [[{ kind: "bill", change: "add", id: 1 }], "kind"],
    [[{ kind: "contact", change: "delete", id: 1 }], "change"],
    [[{ kind: "contact", change: "add" }], "id"],
    [[{ kind: "contact", change: "update", id: 1 }], "[0] there is no contact 1"],
    [[{ kind: "contact", change: "add", id: janeDoe.contactId }], "is taken"],
    [[{ kind: "user", change: "remove", id: 350 }], "only disabled"],
    [[{ kind: "contact", change: "update", id: janeDoe.contactId, record: { phone: "1" } }], "no phone"],
    [
      [{ kind: "contact", change: "update", id: janeDoe.contactId, record: { phone_numbers: "1" } }],
      "valid phone_numbers",
    ],
    [[{ kind: "contact", change: "update", id: janeDoe.contactId, record: { name: null } }], "valid name"],
    [
      [{ kind: "matter", change: "update", id: janeDoe.matterId, record: { status: "Shut" } }],
      "valid status",
    ],
    [[{ kind: "user", change: "update", id: 350, record: { permissions: {} } }], "valid permissions"],
  ])("%j gets 400 with the reason", async (changes, why) => {
    const { status, text } = await post(changes);
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toContain(why);
  });

  test("changes before a failing one stay applied", async () => {
    const answer = await post([
      { kind: "contact", change: "add", id: 5, record: {} },
      { kind: "contact", change: "remove", id: 1 },
      { kind: "contact", change: "add", id: 6, record: {} },
    ]);
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining("[1]") });
    expect((await get("contacts/5")).status).toBe(200);
    expect((await get("contacts/6")).status).toBe(404);
  });
});
