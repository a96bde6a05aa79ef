import { expect, test } from "vitest";
import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person, user } from "../../../sandbox/firms/firm.ts";
import { connectUser, SETUP_TOKEN, sandboxForTest, serviceForTest } from "../../../testkit/service.ts";

async function signedIn(
  firm: Firm,
  { now, requestsPerMinute }: { now?: () => number; requestsPerMinute?: number } = {},
) {
  const sandbox = await sandboxForTest({
    firms: [firm],
    ...(now && { now }),
    ...(requestsPerMinute && { requestsPerMinute }),
  });
  const service = await serviceForTest(sandbox.url, now ? { now } : {});
  const { browser, key } = await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
  sandbox.counts.clear();
  return { sandbox, service, browser, key: key ?? "" };
}

/** A firm whose open and pending matters are divided among its staff; the last matter has no staff. */
function firmOf(matters: number): Firm {
  const staff = [
    user(1, "Ada Arden", { phone_number: "(415) 555-0101" }),
    user(2, "Ben Birch"),
    user(3, "Cleo Cruz", { phone_number: "415 555 0103 x7" }),
  ];
  const client = person(100, "Paula Client");
  return {
    ...exampleFirm(),
    account: { id: 5, name: "Many Matters LLP" },
    users: staff,
    contacts: [client],
    matters: Array.from({ length: matters }, (_, i) =>
      matter(1000 + i, i + 1, client, `Matter ${i}`, {
        status: i % 10 === 9 ? "Pending" : "Open",
        responsible_staff_id: i === matters - 1 ? null : (staff[i % 3]?.id ?? null),
      }),
    ),
  };
}

test("lists one rule per person with an open or pending matter, problems, and coverage", async () => {
  const { browser } = await signedIn(firmOf(30));
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
      problems: [expect.stringContaining("no phone number")],
    }),
    expect.objectContaining({
      name: "Cleo Cruz",
      extension: "7",
      matter_count: 9,
      problems: [expect.stringContaining("extension")],
    }),
  ]);
  const page = await browser.get("/transfer-rules");
  expect(page.text).toContain(`/nc/#/matters/${1000 + 29}`);
  expect(page.text).toContain(
    "29 of 30 open or pending matters have someone to take calls. 1 person has no phone number.",
  );
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
  await expect
    .poll(async () => (await browser.get("/transfer-rules.csv")).status, { timeout: 15_000 })
    .toBe(200);
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
  for (let call = 0; call < 20; call += 1) {
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
