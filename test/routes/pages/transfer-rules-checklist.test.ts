import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person, user } from "../../../sandbox/firms/firm.ts";
import { storeOfOtherProcess } from "../../../testkit/other-process.ts";
import {
  type Browser,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const [ADA, BEN, CLEO, DAN] = [1, 2, 3, 4] as const;
const START = Date.parse("2026-05-31T15:00:00Z");

function firmOfFour(): Firm {
  const users = [
    user(ADA, "Ada Arden", { phone_number: "(415) 555-0101" }),
    user(BEN, "Ben Birch", { phone_number: "(415) 555-0102" }),
    user(CLEO, "Cleo Cruz", { phone_number: null }),
    user(DAN, "Dan Dorn", { phone_number: "(415) 555-0104" }),
  ];
  const client = person(100, "Paula Client");
  const matters = users.map(({ id }) =>
    matter(1000 + id, id, client, "A matter", { responsible_staff_id: id }),
  );
  return { ...exampleFirm(), account: { id: 5, name: "Four LLP" }, users, contacts: [client], matters };
}

async function setUp() {
  const clock = { now: START };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ firms: [firmOfFour()], now });
  const service = await serviceForTest(sandbox.url, { now });
  const { browser } = await connectUser(service, { userId: ADA, setup: SETUP_TOKEN });
  /** Changes a user in Clio, and lets the page ask Clio again. */
  const change = (id: number, patch: { name?: string; phone_number?: string | null }) => {
    sandbox.changes().user(id, patch);
    clock.now += 10_000;
  };
  return { sandbox, service, browser, clock, change };
}

/** The form of a person's rule: where it goes, and its fields. */
function formOf(html: string, personId: number) {
  const [, details = ""] =
    new RegExp(`<details id="person-${personId}"([\\s\\S]*?)</details>`).exec(html) ?? [];
  const [, action = ""] = /<form method="post" action="([^"]+)"/.exec(details) ?? [];
  const fields = Object.fromEntries(
    [...details.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name ?? "",
      value ?? "",
    ]),
  );
  return { details, action, fields };
}

/** Clicks the button in a person's rule, as the page shows it. */
async function click(browser: Browser, personId: number, query: Record<string, string> = {}) {
  const page = await browser.get("/transfer-rules").query(query);
  const { action, fields } = formOf(page.text, personId);
  return browser.post(action).type("form").send(fields);
}

async function read(browser: Browser, query: Record<string, string> = {}) {
  const { text } = await browser.get("/transfer-rules").query(query);
  const names = [...text.matchAll(/<h4>([^<]+)<\/h4>/g)].map(([, name]) => name);
  const progress = /<label for="added-progress"><strong>([^<]+)<\/strong>([^<]*)/
    .exec(text)
    ?.slice(1)
    .join("");
  const next = /Next person: <span class="whole">([^<]+)</.exec(text)?.[1] ?? null;
  const open = [...text.matchAll(/<details id="person-(\d+)" open>/g)].map(([, id]) => Number(id));
  return { text, names, progress, next, open };
}

/** The state of the step on the setup page, and the note beside it. */
async function stepOfRules(browser: Browser): Promise<string[] | undefined> {
  return /<details data-step="rules".*?<span class="mark \w+">(\w+)<\/span> ?(?:<span class="small">([^<]*))?/s
    .exec((await browser.get("/setup")).text)
    ?.slice(1);
}

test("setup says how many rules were added, and of how many if Clio can be asked", async () => {
  const { sandbox, browser, service } = await setUp();
  const { addedRules, firms } = await storeOfOtherProcess(service);
  const values = { name: "Ben Birch", destination: "+14155550102", extension: null };
  await addedRules.put((await firms.list())[0]?.id ?? "", { personId: BEN, values, addedBy: ADA });
  sandbox.fault({ path: /matters/, kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
  expect(await stepOfRules(browser)).toEqual(["Later", "1 rule added"]);
  sandbox.clearFaults();
  expect(await stepOfRules(browser)).toEqual(["Later", "1 of 4 rules added"]);
  // As the page's script gets it.
  expect((await browser.get("/setup/live")).text).toContain("1 of 4 rules added");
});

test("adding the last rule completes the step of setup, for an administrator", async () => {
  const { browser, service } = await setUp();
  const step = () => stepOfRules(browser);
  expect(await step()).toEqual(["Later", undefined]);
  for (const id of [ADA, BEN, CLEO]) await click(browser, id);
  expect(await step()).toEqual(["Later", "3 of 4 rules added"]);
  const { browser: colleague } = await connectUser(service, { userId: BEN });
  await click(colleague, DAN);
  expect(await step()).toEqual(["Later", "4 of 4 rules added"]);
  await click(browser, DAN);
  await click(browser, DAN);
  expect(await step()).toEqual(["Done", "4 of 4 rules added"]);
});

test("counts the rules that were added, and goes from person to person", async () => {
  const { browser } = await setUp();
  expect(await read(browser)).toMatchObject({ progress: "0 of 4 added", next: "Ada Arden" });
  const visited: string[] = [];
  let response = await click(browser, ADA);
  for (const id of [BEN, DAN, CLEO]) {
    const { location = "" } = response.headers;
    expect([response.status, location]).toEqual([303, `/transfer-rules?person=${id}#person-${id}`]);
    const page = await read(browser, { person: String(id) });
    expect(page.open).toEqual([id]);
    visited.push(page.progress ?? "");
    response = await click(browser, id);
  }
  expect(visited).toEqual(["1 of 4 added", "2 of 4 added", "3 of 4 added"]);
  expect(response.headers.location).toBe("/transfer-rules#checklist");
  const { progress, next, text } = await read(browser);
  expect([progress, next]).toEqual(["4 of 4 added", null]);
  expect(text).toContain("Every rule is in Upfirst");
});

test("says who added a rule and when, and lets anyone take it back", async () => {
  const { browser, service } = await setUp();
  await click(browser, BEN);
  const colleague = await connectUser(service, { userId: DAN });
  const { details } = formOf((await read(colleague.browser)).text, BEN);
  expect(details).toMatch(/Added by Ada Arden on <time datetime="2026-05-31T15:00:00.000Z">/);
  const { headers } = await click(colleague.browser, BEN);
  expect(headers.location).toBe(`/transfer-rules?person=${BEN}#person-${BEN}`);
  expect((await read(browser)).progress).toBe("0 of 4 added");
});

describe("a change in Clio", () => {
  test("is shown with the old and the new value until the rule is updated", async () => {
    const { browser, change } = await setUp();
    await click(browser, BEN);
    change(BEN, { name: "Ben Birch-Bell", phone_number: "(415) 555-0199 x7" });
    const { text, progress, next } = await read(browser);
    expect([progress, next]).toEqual(["1 of 4 added, 1 changed since", "Ben Birch-Bell"]);
    const { details } = formOf(text, BEN);
    const changes = [...details.matchAll(/<li>(\w[^:]+): <del>([^<]+)<\/del>.*?<ins>([^<]+)<\/ins>/g)];
    expect(changes.map((change) => change.slice(1))).toEqual([
      ["Name", "Ben Birch", "Ben Birch-Bell"],
      ["Transfer destination", "+14155550102", "+14155550199"],
      ["Extension", "none", "7"],
    ]);
    await click(browser, BEN);
    expect((await read(browser)).progress).toBe("1 of 4 added");
  });

  test("that is undone in Clio is no change", async () => {
    const { browser, change } = await setUp();
    await click(browser, BEN);
    change(BEN, { phone_number: null });
    expect((await read(browser)).progress).toBe("1 of 4 added, 1 changed since");
    change(BEN, { phone_number: "415.555.0102" });
    expect((await read(browser)).progress).toBe("1 of 4 added");
  });

  test("while the user copies the old values isn't confirmed by mistake", async () => {
    const { browser, change } = await setUp();
    const { action, fields } = formOf((await read(browser)).text, BEN);
    change(BEN, { phone_number: "(415) 555-0199" });
    const { headers } = await browser.post(action).type("form").send(fields);
    expect(headers.location).toBe(`/transfer-rules?person=${BEN}&outdated=1#person-${BEN}`);
    const page = await read(browser, { person: String(BEN), outdated: "1" });
    expect(page.progress).toBe("0 of 4 added");
    expect(formOf(page.text, BEN).details).toContain("This rule has changed in Clio since you opened it.");
  });
});

test("a rule in Upfirst that no one needs anymore is listed until it is deleted there", async () => {
  const { browser, sandbox, clock } = await setUp();
  await click(browser, BEN);
  sandbox.changes().matter(1000 + BEN, { responsible_staff_id: ADA });
  clock.now += 10_000;
  const { text, progress } = await read(browser);
  expect(progress).toBe("0 of 3 added");
  const [, section = ""] = /<h3 id="unneeded">([\s\S]*?)<\/section>/.exec(text) ?? [];
  expect(section).toContain("Ben Birch");
  const csrf = /name="csrf" value="([^"]+)"/.exec(section)?.[1];
  await browser
    .post("/transfer-rules/not-added")
    .type("form")
    .send({ csrf, person_id: String(BEN) });
  expect((await read(browser)).text).not.toContain("Ben Birch");
});

describe("the list", () => {
  test("is searched by name and number, and filtered by state", async () => {
    const { browser, change } = await setUp();
    for (const id of [ADA, BEN]) await click(browser, id);
    change(ADA, { phone_number: "(415) 555-0199" });
    const names = async (query: Record<string, string>) => (await read(browser, query)).names;
    expect(await names({})).toEqual(["Ada Arden", "Cleo Cruz", "Dan Dorn", "Ben Birch"]);
    expect(await names({ q: "ben" })).toEqual(["Ben Birch"]);
    expect(await names({ q: "0104" })).toEqual(["Dan Dorn"]);
    expect(await names({ q: "(415) 555-0199" })).toEqual(["Ada Arden"]);
    expect(await names({ q: "birch ben" })).toEqual(["Ben Birch"]);
    expect(await names({ show: "to-add" })).toEqual(["Ada Arden", "Cleo Cruz", "Dan Dorn"]);
    expect(await names({ show: "added" })).toEqual(["Ben Birch"]);
    expect(await names({ show: "attention" })).toEqual(["Cleo Cruz"]);
    expect(await names({ show: "to-add", q: "o" })).toEqual(["Cleo Cruz", "Dan Dorn"]);
    expect(await names({ show: "unknown" })).toHaveLength(4);
    const { text, names: none } = await read(browser, { q: "<nobody>" });
    expect([none, text.includes("No rule matches."), text.includes("<nobody>")]).toEqual([[], true, false]);
  });

  test("stays as it was after a rule was added", async () => {
    const { browser } = await setUp();
    const query = { q: "d", show: "to-add" };
    const { headers } = await click(browser, ADA, query);
    expect(headers.location).toBe(`/transfer-rules?q=d&show=to-add&person=${DAN}#person-${DAN}`);
    const last = await click(browser, DAN, query);
    expect(last.headers.location).toBe("/transfer-rules?q=d&show=to-add#checklist");
  });
});

describe("the form", () => {
  test("stores nothing for someone who isn't on the user's page", async () => {
    const { browser, service } = await setUp();
    const { fields } = formOf((await read(browser)).text, BEN);
    for (const person_id of ["999", String(CLEO)])
      expect(
        (
          await browser
            .post("/transfer-rules/added")
            .type("form")
            .send({ ...fields, person_id })
        ).status,
      ).toBe(303);
    const database = new DatabaseSync(service.databaseFile, { readOnly: true });
    expect(database.prepare("SELECT count(*) AS rules FROM added_rules").get()).toEqual({ rules: 0 });
    database.close();
  });

  test.each(["", "Felix", "1.5", "-1", "1e99"])(
    "refuses %j as a person, and leads back",
    async (person_id) => {
      const { browser } = await setUp();
      const { fields } = formOf((await read(browser)).text, BEN);
      for (const path of ["/transfer-rules/added", "/transfer-rules/not-added"]) {
        const { status, text } = await browser
          .post(path)
          .type("form")
          .send({ ...fields, person_id });
        expect([status, text.includes("person_id must be the ID of a user in Clio.")]).toEqual([400, true]);
        expect(text).toContain('href="/transfer-rules"');
      }
    },
  );

  test("leads back to the page when it has expired, or is opened as an address", async () => {
    const { browser } = await setUp();
    const expired = await browser.post("/transfer-rules/added").type("form").send({ person_id: "1" });
    expect([expired.status, expired.text.includes('href="/transfer-rules"')]).toEqual([403, true]);
    const { status, headers } = await browser.get("/transfer-rules/added");
    expect([status, headers.location]).toEqual([302, "/transfer-rules"]);
  });
});

test("the database has no name or number of an added rule", async () => {
  const { browser, service } = await setUp();
  await click(browser, BEN);
  const database = new DatabaseSync(service.databaseFile, { readOnly: true });
  const rows = JSON.stringify(database.prepare("SELECT * FROM added_rules").all());
  database.close();
  expect(rows).toContain(`"user_id":${BEN}`);
  for (const text of ["Ben", "Birch", "0102"]) expect(rows).not.toContain(text);
});

test("a rule shows each field in its place in Upfirst's form, with a button to copy it", async () => {
  const { browser } = await setUp();
  const { details } = formOf((await read(browser)).text, BEN);
  expect(details).toContain("Agent › Transfer calls › Add transferring rule");
  const labels = [...details.matchAll(/<dt>([^<]+)<\/dt>/g)].map(([, label]) => label);
  expect(labels).toEqual([
    "Name",
    "When to transfer",
    "Message before transfer",
    "Transfer destination",
    "Warm or cold transfer",
    "Caller ID display",
    "If unavailable",
    "Time restrictions",
  ]);
  const copied = [...details.matchAll(/data-copy="([^"]*)"[^>]*aria-label="([^"]*)"/g)].map(
    ([, text, label]) => [label, text?.split("\n")[0]],
  );
  expect(copied).toEqual([
    ["Copy Name", "Ben Birch"],
    ["Copy When to transfer", expect.stringMatching(/responsible staff is Ben Birch\.$/)],
    ["Copy Message before transfer", "One moment, please. I&#39;m connecting you with Ben Birch."],
    ["Copy Transfer destination", "+14155550102"],
    ["Copy for your notes: Ben Birch", "Name: Ben Birch"],
  ]);
});
