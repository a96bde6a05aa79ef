import { describe, expect, test } from "vitest";
import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person, user } from "../../../sandbox/firms/firm.ts";
import { connectUser, SETUP_TOKEN, sandboxForTest, serviceForTest } from "../../../testkit/service.ts";

async function signedIn(
  firm: Firm,
  {
    now,
    requestsPerMinute,
    userId = firm.users[0]?.id ?? 0,
  }: { now?: () => number; requestsPerMinute?: number; userId?: number } = {},
) {
  const sandbox = await sandboxForTest({
    firms: [firm],
    ...(now && { now }),
    ...(requestsPerMinute && { requestsPerMinute }),
  });
  const service = await serviceForTest(sandbox.url, now ? { now } : {});
  const { browser, key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  sandbox.counts.clear();
  return { sandbox, service, browser, key: key ?? "" };
}

/** A firm whose open and pending matters are divided among its staff; the last matter has no staff. */
function firmOf(matters: number): Firm {
  const staff = [
    user(1, "Ada Arden", { phone_number: "(415) 555-0101" }),
    user(2, "Ben Birch"),
    user(3, "Cleo Cruz", { phone_number: "415 555 0103 x7" }),
    user(4, "Dan Dorn", { phone_number: "ask reception" }),
  ];
  return firmWith(staff, matters, (i) => (i === matters - 1 ? null : (staff[i % staff.length]?.id ?? null)));
}

/** @param staffOf the ID of the responsible staff, by the matter's index */
function firmWith(users: Firm["users"], matters: number, staffOf: (index: number) => number | null): Firm {
  const client = person(100, "Paula Client");
  return {
    ...exampleFirm(),
    account: { id: 5, name: "Many Matters LLP" },
    users,
    contacts: [client],
    matters: Array.from({ length: matters }, (_, i) =>
      matter(1000 + i, i + 1, client, `Matter ${i}`, {
        status: i % 10 === 9 ? "Pending" : "Open",
        responsible_staff_id: staffOf(i),
      }),
    ),
  };
}

test("lists one rule per person with an open or pending matter, and the problems of each", async () => {
  const { browser } = await signedIn(firmOf(40));
  const { body } = await browser.get("/transfer-rules.json");
  expect(body).toEqual([
    {
      name: "Ada Arden",
      when_to_transfer:
        "Transfer the call in the following scenarios: After finding a caller's responsible staff in Clio and their responsible staff is Ada Arden.",
      message_before_transfer: expect.stringContaining("Ada Arden"),
      destination: "+14155550101",
      extension: null,
      transfer_type: "warm",
      if_unavailable: "Take a message",
      matter_count: 10,
      problems: [],
    },
    expect.objectContaining({
      name: "Ben Birch",
      destination: null,
      problems: ["Ben Birch has no phone number in Clio, so calls can't be transferred."],
    }),
    expect.objectContaining({
      name: "Cleo Cruz",
      destination: "+14155550103",
      extension: "7",
      problems: [expect.stringMatching(/^The phone number of Cleo Cruz has an extension\./)],
    }),
    expect.objectContaining({
      name: "Dan Dorn",
      destination: "ask reception",
      matter_count: 9,
      problems: ["The phone number of Dan Dorn in Clio can't be dialed, so calls can't be transferred."],
    }),
  ]);
});

test("counts a matter as reached only if its person can be dialed, directly or through a main line", async () => {
  const { browser } = await signedIn(firmOf(40));
  const page = await browser.get("/transfer-rules");
  expect(page.text).toContain(
    "20 of 40 open or pending matters reach someone who can be dialed. 1 person has no phone number, 1 person has a number that can&#39;t be dialed, and 1 person has a number with an extension.",
  );
});

describe("the matters that reach no one", () => {
  test("are listed with the reason, in JSON and CSV", async () => {
    const firm = firmOf(8);
    const [ada] = firm.users;
    if (ada) ada.enabled = false;
    const { browser } = await signedIn(firm, { userId: 2 });
    const { body } = await browser.get("/transfer-rules/unreached.json");
    expect(
      body.map((matter: Record<string, unknown>) => [matter.matter_id, matter.reason, matter.person]),
    ).toEqual([
      [1000, "disabled_staff", "Ada Arden"],
      [1001, "no_number", "Ben Birch"],
      [1003, "invalid_number", "Dan Dorn"],
      [1004, "disabled_staff", "Ada Arden"],
      [1005, "no_number", "Ben Birch"],
      [1007, "no_staff", null],
    ]);
    expect(body[0]).toEqual({
      matter_id: 1000,
      display_number: "00001-Client",
      reason: "disabled_staff",
      person: "Ada Arden",
      explanation: "Ada Arden is disabled in Clio.",
      url: expect.stringMatching(/\/nc\/#\/matters\/1000$/),
    });
    const csv = await browser.get("/transfer-rules/unreached.csv");
    expect(csv.headers["content-disposition"]).toBe('attachment; filename="unreached-matters.csv"');
    const [header, ...lines] = csv.text
      .replace(/^\uFEFF/, "")
      .trim()
      .split("\r\n");
    expect(header).toBe("matter_id,display_number,reason,person,explanation,url");
    expect(lines).toHaveLength(6);
    expect(lines[5]).toMatch(/^1007,00008-Client,no_staff,,No one is assigned to take calls\.,http/);
  });

  test("are all on the page, 25 at a time, after the rules", async () => {
    const [ada] = firmOf(1).users;
    const { browser } = await signedIn(firmWith(ada ? [ada] : [], 60, (i) => (i === 0 ? 1 : null)));
    const seen = new Set<string>();
    let address: string | undefined = "/transfer-rules";
    for (let pages = 0; address; pages += 1) {
      expect(pages).toBeLessThan(3);
      const { text }: { text: string } = await browser.get(address);
      expect(text.indexOf("Ready to copy")).toBeLessThan(text.indexOf("Matters that reach no one"));
      for (const [, id] of text.matchAll(/#\/matters\/(\d+)/g)) seen.add(id ?? "");
      address = /rel="next" href="([^"#]+)/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen).toEqual(new Set(Array.from({ length: 59 }, (_, i) => String(1001 + i))));
  });

  test("are searched by number, person and reason, and a search stays when paging", async () => {
    const { browser } = await signedIn(firmOf(200));
    const found = async (query: Record<string, string>) => {
      const { text } = await browser.get("/transfer-rules").query(query);
      const ids = [...text.matchAll(/#\/matters\/(\d+)/g)].map(([, id]) => Number(id));
      return { ids, text };
    };
    expect((await found({ matter: "00200" })).ids).toEqual([1199]);
    expect((await found({ matter: "dorn 00004" })).ids).toEqual([1003]);
    expect((await found({ matter: "no one is assigned" })).ids).toEqual([1199]);
    expect((await found({ matter: "nothing like it" })).text).toContain("0 matters found.");
    const { text, ids } = await found({ matter: "Birch", page: "2" });
    expect(ids).toHaveLength(25);
    expect(text).toContain("50 matters found.");
    expect(text).toContain("/transfer-rules?matter=Birch&amp;page=1#unreached");
    for (const page of ["0", "-1", "x", "3", "999999"])
      expect((await found({ matter: "Birch", page })).ids, page).toHaveLength(25);
  });

  test("a search is shown as text", async () => {
    const { browser } = await signedIn(firmOf(4));
    const { text } = await browser.get("/transfer-rules").query({ matter: `"><script>alert(1)</script>` });
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;');
    expect(text).not.toContain("<script>alert");
  });
});

test("the CSV has the same fields, and no formulas", async () => {
  const firm = firmOf(6);
  const [ada, ben] = firm.users;
  if (!ada || !ben) throw new Error("the firm has no users");
  ada.name = '=HYPERLINK("http://x.example","Ada")';
  ben.name = "@SUM(1)\r\n+Ben";
  const { browser } = await signedIn(firm);
  const csv = await browser.get("/transfer-rules.csv");
  expect(csv.type).toBe("text/csv");
  expect(csv.headers["content-disposition"]).toContain('filename="transfer-rules.csv"');
  const [header, ...lines] = csv.text.replace(/^\uFEFF/, "").split("\r\n");
  expect(header).toBe(
    "name,when_to_transfer,message_before_transfer,destination,extension,transfer_type,if_unavailable,matter_count,problems",
  );
  for (const line of lines) expect(line).not.toMatch(/(^|,)"?[=@+-](?!\d+(,|$))/);
  expect(csv.text).toContain("+14155550101");
  const unreached = await browser.get("/transfer-rules/unreached.csv");
  expect(unreached.text).toContain("'@SUM(1) +Ben");
  expect(unreached.text).not.toMatch(/(^|,|\n)"?[=@+-]/);
});

test("reads a large firm in the background, shows the progress, and uses the result for 15 minutes", async () => {
  let now = Date.now();
  const { browser, sandbox } = await signedIn(firmOf(650), { now: () => now });
  sandbox.fault({ path: /page_token/, kind: "latency", ms: 3_500 });
  const early = await browser.get("/transfer-rules.json");
  expect(early.status).toBe(202);
  expect(early.headers["retry-after"]).toBe("5");
  expect(early.body).toMatchObject({ status: "reading", read: 200, total: 650 });
  const page = await browser.get("/transfer-rules");
  expect(page.status).toBe(200);
  await expect.poll(async () => (await browser.get("/transfer-rules.csv")).status).toBe(200);
  expect(sandbox.counts.get("/api/v4/matters")).toBe(4);

  await browser.get("/transfer-rules");
  expect(sandbox.counts.get("/api/v4/matters")).toBe(4);
  now += 15 * 60_000;
  await browser.get("/transfer-rules.json");
  expect(sandbox.counts.get("/api/v4/matters")).toBe(8);
});

test("leaves at least 20 of Clio's requests a minute to the receptionist", async () => {
  // With a moving clock, Clio's limit could be reset halfway.
  const now = () => Date.parse("2026-05-31T15:00:00Z");
  const { browser, sandbox, service, key } = await signedIn(firmOf(8_000), { requestsPerMinute: 50, now });
  expect((await browser.get("/transfer-rules.json")).status).toBe(202);
  expect(sandbox.counts.get("/api/v4/matters")).toBeLessThanOrEqual(30);
  // Each needs two requests: an unknown contact has neither matters nor relationships.
  for (let call = 0; call < 10; call += 1) {
    const answer = await service
      .browser()
      .get("/responsible-staff")
      .query({ clio_contact_id: "1" })
      .set("Authorization", `Bearer ${key}`);
    expect(answer.status).toBe(200);
  }
});

test("shows an error page if reading fails, and reads again on the next visit", async () => {
  const { browser, sandbox } = await signedIn(firmOf(10));
  sandbox.fault({ path: "/api/v4/matters", kind: "status", status: 500 });
  expect((await browser.get("/transfer-rules")).status).toBe(502);
  expect((await browser.get("/transfer-rules")).status).toBe(200);
});
