import { describe, expect, test } from "vitest";
import { exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person, user } from "../../../sandbox/firms/firm.ts";
import { generatedFirm } from "../../../sandbox/firms/generated-firm.ts";
import { mirroredService, until } from "../../../testkit/mirror.ts";
import {
  type Browser,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../../testkit/service.ts";

const LOOKUP_ACCOUNT = 1;
const COLLEAGUE = 2;
/** After this time, the page asks Clio again. */
const CHECK_INTERVAL_MS = 10_000;
const READING_MAX_AGE_MS = 15 * 60_000;

/** Ada has the even matters, Ben the odd ones. */
function firmOf(matters: number): Firm {
  const client = person(100, "Paula Client");
  return {
    ...exampleFirm(),
    account: { id: 5, name: "Many Matters LLP" },
    users: [
      user(LOOKUP_ACCOUNT, "Ada Arden", { phone_number: "(415) 555-0101" }),
      user(COLLEAGUE, "Ben Birch", { phone_number: "(415) 555-0102" }),
    ],
    contacts: [client],
    matters: Array.from({ length: matters }, (_, i) =>
      matter(1000 + i, i + 1, client, `Matter ${i}`, { responsible_staff_id: 1 + (i % 2) }),
    ),
  };
}

async function mirrored(firm = firmOf(20)) {
  const site = await mirroredService({ sandbox: { firms: [firm] }, userId: LOOKUP_ACCOUNT });
  const { sandbox, service, clock, browser } = site;
  sandbox.counts.clear();
  const requests = () => Object.fromEntries([...sandbox.counts].filter(([path]) => path.startsWith("/api/")));
  const changes = sandbox.changes();
  const connectColleague = async () => {
    const colleague = await connectUser(service, { userId: COLLEAGUE });
    sandbox.counts.clear();
    return colleague.browser;
  };
  const hide = (...ids: number[]) => {
    const colleague = sandbox.firms[0]?.users.find(({ id }) => id === COLLEAGUE);
    for (const id of ids) colleague?.hiddenMatters.add(id);
  };
  return { sandbox, service, clock, browser, requests, changes, connectColleague, hide };
}

/** How many matters each person has. */
async function countsOf(browser: Browser): Promise<Record<string, number>> {
  const { status, body } = await browser.get("/transfer-rules.json");
  if (status !== 200) throw new Error(`status ${status}: ${JSON.stringify(body)}`);
  return Object.fromEntries(
    body.map((rule: { name: string; matter_count: number }) => [rule.name, rule.matter_count]),
  );
}

async function unreachedOf(browser: Browser): Promise<[string, string][]> {
  const { body } = await browser.get("/transfer-rules/unreached.json");
  return body.map((matter: { display_number: string; reason: string }) => [
    matter.display_number,
    matter.reason,
  ]);
}

describe("for the lookup account, with a complete mirror", () => {
  test("asks Clio only for recent changes, and at most every ten seconds", async () => {
    const { browser, clock, requests } = await mirrored(firmOf(450));
    clock.now += CHECK_INTERVAL_MS;
    expect(await countsOf(browser)).toEqual({ "Ada Arden": 225, "Ben Birch": 225 });
    await browser.get("/transfer-rules");
    await browser.get("/transfer-rules.csv");
    expect(requests()).toEqual({ "/api/v4/matters": 1, "/api/v4/users": 1 });
    clock.now += CHECK_INTERVAL_MS;
    await browser.get("/transfer-rules");
    expect(requests()).toEqual({ "/api/v4/matters": 2, "/api/v4/users": 2 });
  });

  test("has a correction in Clio within ten seconds, without a webhook", async () => {
    const { browser, clock, changes } = await mirrored(firmOf(4));
    const { body } = await browser.get("/transfer-rules.json");
    expect(body[1]).toMatchObject({ name: "Ben Birch", destination: "+14155550102" });

    changes.user(COLLEAGUE, { name: "Ben Birch-Bell", phone_number: null });
    changes.matter(1000, { responsible_staff_id: COLLEAGUE });
    changes.matter(1001, { responsible_staff_id: null });
    changes.matter(1003, { status: "Closed" });
    changes.addMatter(matter(2000, 99, person(100, "Paula Client"), "New", { responsible_staff_id: 1 }));
    clock.now += CHECK_INTERVAL_MS;
    expect(await countsOf(browser)).toEqual({ "Ada Arden": 2, "Ben Birch-Bell": 1 });
    expect(await unreachedOf(browser)).toEqual([
      ["00001-Client", "no_number"],
      ["00002-Client", "no_staff"],
    ]);
  });

  test("has a change that the mirror received, whatever the clock says", async () => {
    const { browser, changes, sandbox, service } = await mirrored(firmOf(4));
    expect(await countsOf(browser)).toEqual({ "Ada Arden": 2, "Ben Birch": 2 });
    sandbox.webhooks.deliverTo = service.url;
    for (const [status, counts] of [
      ["Closed", { "Ada Arden": 1, "Ben Birch": 2 }],
      ["Open", { "Ada Arden": 2, "Ben Birch": 2 }],
    ] as const) {
      changes.matter(1000, { status });
      // The clock stands still, so the page doesn't ask Clio itself.
      await browser
        .post("/setup/read-again")
        .type("form")
        .send({ csrf: await csrfOf(browser) });
      await until(async () => expect(await countsOf(browser)).toEqual(counts));
    }
  });

  test("says when it was checked, and still answers when Clio is down", async () => {
    const { browser, clock, sandbox } = await mirrored();
    clock.now += 60_000;
    expect(checkedText((await browser.get("/transfer-rules")).text)).toBe("Checked just now.");
    clock.now += 8_000;
    expect(checkedText((await browser.get("/transfer-rules")).text)).toBe("Checked 8 seconds ago.");

    const path = /\/api\/v4\/(users|matters)/;
    sandbox.fault({ path, kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
    clock.now += 60_000;
    const { status, text } = await browser.get("/transfer-rules");
    expect(status).toBe(200);
    expect(checkedText(text)).toBe("Couldn't check Clio for changes just now. Checked 2 minutes ago.");
    expect(text).toContain("All 20 open or pending matters reach someone who can be dialed.");
  });

  test("shows nothing once Clio denies the user access to matters", async () => {
    const { browser, clock, sandbox } = await mirrored();
    await browser.get("/transfer-rules");
    sandbox.firms[0]?.users.find(({ id }) => id === LOOKUP_ACCOUNT)?.permissions.delete("matters");
    clock.now += CHECK_INTERVAL_MS;
    const { status, text } = await browser.get("/transfer-rules");
    expect([status, text.includes("Ben Birch")]).toEqual([503, false]);
  });
});

describe("for another user, with a complete mirror", () => {
  test("has only the matters that Clio shows to that user", async () => {
    const firm = firmOf(20);
    for (const { id } of firm.matters.slice(0, 4))
      Object.assign(firm.matters.find((m) => m.id === id) ?? {}, { responsible_staff_id: null });
    const site = await mirrored(firm);
    site.hide(1000, 1001, ...Array.from({ length: 8 }, (_, i) => 1004 + 2 * i));
    const colleague = await site.connectColleague();
    expect(await countsOf(colleague)).toEqual({ "Ben Birch": 8 });
    expect((await unreachedOf(colleague)).map(([number]) => number)).toEqual([
      "00003-Client",
      "00004-Client",
    ]);
    for (const path of ["/transfer-rules", "/transfer-rules.csv", "/transfer-rules/unreached.csv"])
      expect((await colleague.get(path)).text, path).not.toMatch(/0000[125]-Client|Ada Arden/);
    expect(await countsOf(site.browser)).toEqual({ "Ada Arden": 8, "Ben Birch": 8 });
  });

  test("reads only IDs, once, and then recent changes", async () => {
    const site = await mirrored(firmOf(450));
    const colleague = await site.connectColleague();
    expect(await countsOf(colleague)).toEqual({ "Ada Arden": 225, "Ben Birch": 225 });
    expect(site.requests()).toMatchObject({ "/api/v4/matters": 3 });
    site.clock.now += CHECK_INTERVAL_MS;
    await countsOf(colleague);
    expect(site.requests()).toMatchObject({ "/api/v4/matters": 4, "/api/v4/users": 1 });
  });

  test("shows the progress, and no matter, until Clio has listed what the user may see", async () => {
    const site = await mirrored(firmOf(450));
    const colleague = await site.connectColleague();
    site.sandbox.fault({ path: /page_token/, kind: "latency", ms: 3_500, times: 2 });
    const early = await colleague.get("/transfer-rules/unreached.json");
    expect([early.status, early.body]).toEqual([202, { status: "reading", read: 200, total: 450 }]);
    const page = await colleague.get("/transfer-rules");
    expect(page.text).toMatch(/[24]00 of 450 matters loaded/);
    expect(page.text).not.toContain("Ada Arden");
    await expect.poll(async () => (await colleague.get("/transfer-rules.json")).status).toBe(200);
  });

  test("has new and reopened matters within ten seconds, but only those that the user can see", async () => {
    const site = await mirrored(firmOf(4));
    const colleague = await site.connectColleague();
    await countsOf(colleague);
    const client = person(100, "Paula Client");
    for (const id of [2000, 2001])
      site.changes.addMatter(matter(id, id, client, "New", { responsible_staff_id: 2 }));
    site.hide(2001);
    site.changes.matter(1000, { status: "Closed" });
    site.clock.now += CHECK_INTERVAL_MS;
    expect(await countsOf(colleague)).toEqual({ "Ada Arden": 1, "Ben Birch": 3 });
  });

  test("forgets a matter that was hidden within 15 minutes", async () => {
    const site = await mirrored(firmOf(4));
    const colleague = await site.connectColleague();
    await countsOf(colleague);
    site.hide(1000);
    site.clock.now += READING_MAX_AGE_MS;
    expect(await countsOf(colleague)).toEqual({ "Ada Arden": 1, "Ben Birch": 2 });
  });

  test("reads the IDs again in the background after ten minutes, without waiting", async () => {
    const site = await mirrored(firmOf(4));
    const colleague = await site.connectColleague();
    await countsOf(colleague);
    site.hide(1000);
    site.clock.now += 11 * 60_000;
    site.sandbox.fault({ path: /status=open/, kind: "latency", ms: 500 });
    expect(await countsOf(colleague)).toEqual({ "Ada Arden": 2, "Ben Birch": 2 });
    await until(async () => expect(await countsOf(colleague)).toEqual({ "Ada Arden": 1, "Ben Birch": 2 }));
  });

  test("fails rather than show what may be hidden by now when Clio is down for 15 minutes", async () => {
    const site = await mirrored(firmOf(4));
    const colleague = await site.connectColleague();
    await countsOf(colleague);
    const path = /\/api\/v4\/(users|matters)/;
    site.sandbox.fault({ path, kind: "status", status: 500, times: Number.POSITIVE_INFINITY });
    site.clock.now += 5 * 60_000;
    expect((await colleague.get("/transfer-rules")).status).toBe(200);
    site.clock.now += 10 * 60_000;
    const { status, text } = await colleague.get("/transfer-rules");
    expect([status, text.includes("Ada Arden")]).toEqual([502, false]);
  });
});

test("the mirror and Clio give every user the same rules and the same unreached matters", async () => {
  const { firm } = generatedFirm({ contacts: 400, seed: 7 });
  const [owner, colleague] = firm.users;
  if (!owner || !colleague) throw new Error("the firm has no users");
  colleague.enabled = true;
  for (const [at, { id }] of firm.matters.entries()) if (at % 3 === 0) colleague.hiddenMatters.add(id);
  const sandbox = await sandboxForTest({ firms: [firm] });
  const both = [];
  for (const DIRECTORY of ["mirror", "live"]) {
    const service = await serviceForTest(sandbox.url, { env: { DIRECTORY }, pollIntervalMs: 10 });
    const browsers = [
      (await connectUser(service, { userId: owner.id, setup: SETUP_TOKEN })).browser,
      (await connectUser(service, { userId: colleague.id })).browser,
    ];
    if (DIRECTORY === "mirror")
      await until(async () => expect((await browsers[0]?.get("/setup"))?.text).toContain("Stored here"));
    const bodies = [];
    for (const browser of browsers)
      for (const path of ["/transfer-rules.json", "/transfer-rules/unreached.json"])
        bodies.push((await browser.get(path)).body);
    both.push(bodies);
  }
  const [mirrored, live] = both;
  expect(mirrored?.map((list) => list.length > 0)).toEqual([true, true, true, true]);
  expect(mirrored?.[1].length).toBeGreaterThan(mirrored?.[3].length);
  expect(mirrored).toEqual(live);
});

async function csrfOf(browser: Browser): Promise<string> {
  return /name="csrf" value="([^"]+)"/.exec((await browser.get("/setup")).text)?.[1] ?? "";
}

/** The sentences on when the page was checked. */
function checkedText(html: string): string {
  const [, paragraph = ""] = /<p class="small">((?:Couldn|Checked)[\s\S]*?)<a/.exec(html) ?? [];
  return paragraph
    .replace(/<[^>]+>/g, "")
    .replaceAll("&#39;", "'")
    .trim();
}
