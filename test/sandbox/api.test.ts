import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person, user } from "../../sandbox/firms/firm.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type Answer, answerOf, apiOf } from "./client.ts";

let sandbox: Sandbox;
let get: (path: string) => Promise<Answer>;

const HIDDEN = exampleCases.janeDoe.contactId;

beforeAll(async () => {
  const firm = exampleFirm();
  const restricted = user(380, "Rory Blind", { hiddenContacts: new Set([HIDDEN]) });
  const powerless = user(381, "Sid Small", { permissions: new Set(["contacts"]) });
  firm.users.push(restricted, powerless);
  sandbox = await startSandbox({ firms: [firm, bigFirm()], requestsPerMinute: Number.POSITIVE_INFINITY });
  get = apiOf(sandbox);
});
afterAll(() => sandbox.close());

/** Another firm with 450 clients, each with one matter, and unsorted IDs. */
function bigFirm(): Firm {
  const contacts = Array.from({ length: 450 }, (_, i) =>
    person(1000 + ((i * 7) % 450), `Client ${450 - i}`, {
      more: { updated_at: `2026-01-01T00:${String(i % 60).padStart(2, "0")}:00Z` },
    }),
  );
  return {
    account: { id: 77002, name: "Big & Sons" },
    users: [user(900, "Una Large"), user(901, "Vic Large")],
    contacts,
    matters: contacts.map((contact, i) => matter(5000 + i, i + 1, contact, `Matter ${i}`)),
  };
}

const ids = (answer: Answer): number[] => answer.body.data.map(({ id }: { id: number }) => id);

async function everyPage(first: string, read = get): Promise<Answer[]> {
  const pages: Answer[] = [];
  for (let next: string | undefined = first; next; next = pages.at(-1)?.body.meta.paging.next) {
    pages.push(await read(next));
  }
  return pages;
}

describe("the access token", () => {
  test.each([undefined, "Bearer invented", "Basic c2FuZGJveA=="])(
    "%s gets 401 before any other check",
    async (header) => {
      const headers: Record<string, string> = header ? { Authorization: header } : {};
      for (const path of ["contacts?limit=0", "nothing/here", "users/who_am_i.json"]) {
        const answer = await answerOf(await fetch(`${sandbox.url}/api/v4/${path}`, { headers }));
        expect(answer).toMatchObject({ status: 401, body: { error: { type: "Unauthorized" } } });
        expect(answer.body.error.message).toBeTypeOf("string");
      }
    },
  );

  test("gives access only to its own firm", async () => {
    const other = apiOf(sandbox, 900);
    expect((await other(`contacts/${exampleCases.janeDoe.contactId}`)).status).toBe(404);
    expect((await other("contacts?query=Doe")).body.data).toEqual([]);
    expect(ids(await other("users"))).toEqual([900, 901]);
    expect((await other("users/350")).status).toBe(404);
  });
});

describe("every path", () => {
  test.each([
    "users/who_am_i",
    "users",
    "users/350",
    "contacts",
    "contacts/2512428500",
    "matters",
    "matters/1834567",
  ])("%s works with and without .json", async (path) => {
    const plain = await get(`${path}?fields=id,updated_at`);
    const suffixed = await get(`${path}.json?fields=id,updated_at`);
    expect(plain.status).toBe(200);
    expect(suffixed.body.data).toEqual(plain.body.data);
    expect(plain.headers.get("x-api-version")).toBe("4.0.9");
  });

  test.each(["contacts/1", "contacts/abc", "matters/1", "users/1", "nothing"])(
    "%s gets 404",
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 404, body: { error: { type: "RecordNotFound" } } });
    },
  );
});

describe("fields", () => {
  test("default to id and etag in lists, records and nested resources", async () => {
    expect(Object.keys((await get("contacts")).body.data[0])).toEqual(["id", "etag"]);
    expect(Object.keys((await get("users/who_am_i")).body.data)).toEqual(["id", "etag"]);
    const { data } = (await get("matters/1834567?fields=id,client,responsible_staff")).body;
    expect(Object.keys(data)).toEqual(["id", "client", "responsible_staff"]);
    expect(Object.keys(data.client)).toEqual(["id", "etag"]);
    expect(Object.keys(data.responsible_staff)).toEqual(["id", "etag"]);
  });

  test("can be selected, including those of nested resources", async () => {
    const answer = await get(
      "matters/1834567?fields=display_number,responsible_staff{id,name,enabled},client{name},client_id,originating_attorney{name}",
    );
    expect(answer.body.data).toEqual({
      display_number: "00042-Doe",
      responsible_staff: { id: 350, name: "Felix Dubinsky", enabled: true },
      client: { name: "Jane Doe" },
      client_id: 2512428500,
      originating_attorney: { name: "Desmond Vance" },
    });
  });

  test("of a contact include lists, its company and computed fields, and null for unsupported fields", async () => {
    const answer = await get(
      `contacts/${exampleCases.company.employeeId}?fields=phone_numbers{number,primary},primary_phone_number,company{name},initials,addresses,avatar,date_of_birth,primary_address{city}`,
    );
    expect(answer.body.data).toEqual({
      phone_numbers: [{ number: "(415) 555-0130", primary: true }],
      primary_phone_number: "(415) 555-0130",
      company: { name: "Northgate Bakery Supply" },
      initials: "OP",
      addresses: [],
      avatar: null,
      date_of_birth: null,
      primary_address: null,
    });
  });

  test("an unassigned role on a matter is null", async () => {
    const { data } = (
      await get(`matters/${exampleCases.nobodyOnMatter.matterId}?fields=responsible_staff{name}`)
    ).body;
    expect(data).toEqual({ responsible_staff: null });
  });

  test.each([
    "id,shoe_size",
    "constructor",
    "permissions",
    "responsible_staff_id",
    "client{id,shoe_size}",
    "client{phone_numbers}",
    "client{phone_numbers{number}}",
    "client{}",
    "client{id",
    "client}id",
    "id{name}",
    "id,,status",
  ])("%s get 400", async (fields) => {
    for (const path of ["matters", "matters/1834567"]) {
      const answer = await get(`${path}?fields=${encodeURIComponent(fields)}`);
      expect(answer).toMatchObject({ status: 400, body: { error: { type: "ArgumentError" } } });
    }
  });

  test("the error for a second level of braces explains it", async () => {
    const answer = await get("matters?fields=client{company{name}}");
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain("one level");
  });

  test("etag changes with the record", async () => {
    const read = async () => (await get("matters/1834568")).body.data.etag;
    const record = sandbox.firms[0]!.matters.find(({ id }) => id === 1834568)!;
    const before = await read();
    expect(await read()).toBe(before);
    record.updated_at = "2026-04-02T00:00:00Z";
    expect(await read()).not.toBe(before);
  });
});

describe("parameters", () => {
  test.each([
    "contacts?limit=0",
    "contacts?limit=201",
    "contacts?limit=ten",
    "contacts?ids[]=1&ids[]=x",
    "contacts?type=Robot",
    "contacts?client_only=maybe",
    "contacts?updated_since=yesterday",
    "contacts?order=shoe_size(asc)",
    "contacts?order=id",
    "contacts?page_token=xyz",
    "matters?client_id=Doe",
    "matters?client_id=null",
    "matters?client_id=1.5",
    "matters?status=open,lost",
    "matters?responsible_staff_id=Felix",
    "users?limit=2001",
  ])("%s gets 400", async (path) => {
    expect(await get(path)).toMatchObject({ status: 400, body: { error: { type: "ArgumentError" } } });
  });

  test.each(["contacts?shoe_size=44", "users?limit=2000", "contacts?limit=200", "contacts?limit=1&query="])(
    "%s is accepted",
    async (path) => {
      expect((await get(path)).status).toBe(200);
    },
  );
});

describe("paging", () => {
  const big = (path: string) => apiOf(sandbox, 900)(path);

  test("by cursor returns every record once, sorted by ID, and no next on the last page", async () => {
    const pages = await everyPage("contacts.json?order=id(asc)&fields=id,name&limit=200", big);
    expect(pages.map(({ body }) => body.data.length)).toEqual([200, 200, 50]);
    expect(pages.flatMap(ids)).toEqual(Array.from({ length: 450 }, (_, i) => 1000 + i));
    for (const { body } of pages) {
      expect(body.meta.records).toBe(450);
      expect(body.meta.paging).not.toHaveProperty("previous");
      expect(body.data[0].name).toMatch(/^Client /);
    }
    expect(pages[0]!.body.meta.paging.next).toMatch(`${sandbox.url}/api/v4/contacts.json?`);
    expect(pages[2]!.body.meta.paging).toEqual({});
  });

  test("a full last page has no next", async () => {
    expect((await get("users?limit=19")).body.meta).toEqual({ records: 19, paging: {} });
    expect((await get("users?limit=18")).body.meta.paging).toHaveProperty("next");
  });

  test("keeps the filters", async () => {
    const pages = await everyPage("contacts?query=client%201&limit=7", big);
    const found = pages.flatMap(ids);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(pages[0]!.body.meta.records);
    expect(found.length).toBeLessThan(450);
  });

  test("in another order uses offsets and has a previous page", async () => {
    const pages = await everyPage("contacts?order=name(desc)&fields=name&limit=150", big);
    const names = pages.flatMap(({ body }) => body.data.map(({ name }: { name: string }) => name));
    expect(names).toHaveLength(450);
    expect(names).toEqual([...names].sort().reverse());
    const back = await big(pages[1]!.body.meta.paging.previous);
    expect(back.body.data).toEqual(pages[0]!.body.data);
  });

  test("by offset ends at 10,000", async () => {
    expect(ids(await big("contacts?offset=445"))).toEqual([1445, 1446, 1447, 1448, 1449]);
    expect((await big("contacts?offset=9800&limit=200")).status).toBe(200);
    expect(await big("contacts?offset=9900&limit=200")).toMatchObject({
      status: 422,
      body: { error: { type: "ArgumentError" } },
    });
  });

  test("sorts by an association's field, with records without one last", async () => {
    const { body } = await get(
      "matters?order=responsible_attorney.name(asc)&fields=id,responsible_attorney{name}&limit=200",
    );
    const names = body.data.map(
      (each: { responsible_attorney: { name: string } | null }) => each.responsible_attorney?.name,
    );
    expect(names[0]).toBe("Desmond Vance");
    expect(names.at(-1)).toBeUndefined();
  });
});

describe("contacts", () => {
  const { janeDoe, decoyAddress, decoyEmail, decoyMatterNumber, spacedDigits, company } = exampleCases;

  test("the search also finds digits in an address, an email address and a matter's number", async () => {
    expect(ids(await get("contacts?query=0171"))).toEqual([
      janeDoe.contactId,
      decoyAddress.contactId,
      decoyEmail.contactId,
      decoyMatterNumber.contactId,
    ]);
  });

  test("the search compares text: it doesn't find digits separated by a space", async () => {
    expect((await get("contacts?query=0161")).body.data).toEqual([]);
    expect(ids(await get("contacts?query=555-01+61"))).toContain(spacedDigits.contactId);
  });

  test.each([
    ["jANE", "name"],
    ["doe v. acme", "matter"],
    ["larkin", "street"],
    ["rita0171@", "email"],
    ["operations manager", "title"],
    ["https://northgate", "web site"],
    ["northgate bakery", "company name"],
  ])("the search for %s finds the %s", async (query) => {
    expect((await get(`contacts?query=${encodeURIComponent(query)}`)).body.meta.records).toBeGreaterThan(0);
  });

  test("the search requires every word", async () => {
    expect(ids(await get("contacts?query=doe+larkin"))).toEqual([janeDoe.contactId]);
    expect((await get("contacts?query=doe+nowhere")).body.data).toEqual([]);
  });

  test("the search finds a record's new text", async () => {
    const record = sandbox.firms[0]!.contacts.find(({ id }) => id === spacedDigits.contactId)!;
    record.title = "Beekeeper";
    record.updated_at = "2026-04-03T00:00:00Z";
    expect(ids(await get("contacts?query=beekeeper"))).toEqual([spacedDigits.contactId]);
  });

  test("can be filtered", async () => {
    expect(ids(await get("contacts?type=Company"))).toEqual([company.companyId]);
    expect(ids(await get(`contacts?ids[]=${company.companyId}&ids[]=${janeDoe.contactId}&ids[]=5`))).toEqual([
      janeDoe.contactId,
      company.companyId,
    ]);
    const clients = ids(await get("contacts?client_only=true"));
    expect(clients).toHaveLength(65);
    expect(clients).not.toContain(company.employeeId);
    expect((await get("contacts?client_only=false")).body.meta.records).toBe(70);
    expect((await get("contacts?created_since=2024-02-05T09:00:00Z")).body.data).toEqual([]);
    expect((await get("contacts?created_since=2024-02-05T08:59:59Z")).body.meta.records).toBe(70);
  });

  test("updated_since excludes that time itself", async () => {
    const read = apiOf(sandbox, 900);
    const late = ids(await read("contacts?updated_since=2026-01-01T00:58:00Z"));
    const times = sandbox.firms[1]!.contacts.filter(({ id }) => late.includes(id)).map(
      (each) => each.updated_at,
    );
    expect(new Set(times)).toEqual(new Set(["2026-01-01T00:59:00Z"]));
  });
});

describe("matters", () => {
  const { severalMatters, nobodyOnMatter, disabledStaff } = exampleCases;
  const client = severalMatters.contactId;
  const [open, secondOpen, pending, closed] = severalMatters.matterIds;

  test("can be filtered by client and status", async () => {
    expect(ids(await get(`matters?client_id=${client}`))).toEqual([open, secondOpen, pending, closed]);
    expect(ids(await get(`matters?client_id=${client}&status=open,pending`))).toEqual([
      open,
      secondOpen,
      pending,
    ]);
    expect(ids(await get(`matters?client_id=${client}&status=closed`))).toEqual([closed]);
    expect((await get("matters?client_id=1")).body.data).toEqual([]);
  });

  test("can be filtered by responsible user, and by null for none", async () => {
    expect(ids(await get("matters?responsible_staff_id=358"))).toEqual([disabledStaff.matterId]);
    expect(ids(await get("matters?responsible_attorney_id=null"))).toEqual([nobodyOnMatter.matterId]);
    expect(ids(await get("matters?originating_attorney_id=352"))).toEqual([1834567]);
    expect(ids(await get("matters?responsible_staff_id=350&responsible_attorney_id=360"))).toContain(1834600);
  });

  test("can be filtered by IDs, with and without a client, and searched", async () => {
    expect(ids(await get(`matters?ids[]=${closed}&ids[]=${open}&ids[]=7`))).toEqual([open, closed]);
    expect(ids(await get(`matters?client_id=${client}&ids[]=${closed}&ids[]=1834567`))).toEqual([closed]);
    expect(ids(await get("matters?query=lang+tax"))).toEqual([pending]);
    expect(ids(await get("matters?query=00042"))).toEqual([1834567]);
    expect(ids(await get("matters?query=victor"))).toEqual([...severalMatters.matterIds]);
  });
});

describe("users", () => {
  test("can be filtered by enabled, IDs and name", async () => {
    expect(ids(await get("users?enabled=false"))).toEqual([358]);
    expect(ids(await get("users?enabled=true"))).not.toContain(358);
    expect(ids(await get("users?ids[]=352&ids[]=350&ids[]=900"))).toEqual([350, 352]);
    expect(ids(await get("users?name=Lucy+Chen"))).toEqual([357]);
  });
});

describe("restricted access", () => {
  test("a hidden contact is missing from lists, gets 404, and is null on a matter", async () => {
    const read = apiOf(sandbox, 380);
    expect(ids(await read("contacts?query=0171"))).not.toContain(HIDDEN);
    expect(ids(await read(`contacts?ids[]=${HIDDEN}`))).toEqual([]);
    expect((await read("contacts")).body.meta.records).toBe(69);
    expect((await read(`contacts/${HIDDEN}`)).status).toBe(404);
    const { data } = (await read("matters/1834567?fields=client{name},client_id,status")).body;
    expect(data).toEqual({ client: null, client_id: null, status: "Open" });
  });

  test("a missing permission gets 403 for any request", async () => {
    const read = apiOf(sandbox, 381);
    expect((await read("contacts")).status).toBe(200);
    for (const path of ["matters?limit=0", "matters/1", "users", "users/who_am_i"]) {
      expect(await read(path)).toMatchObject({ status: 403, body: { error: { type: "Forbidden" } } });
    }
  });
});

test("the sandbox doesn't start with two users of the same ID", async () => {
  await expect(startSandbox({ firms: [exampleFirm(), exampleFirm()] })).rejects.toThrow(
    "two users have the id 350",
  );
});
