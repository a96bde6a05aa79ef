import { describe, expect, test } from "vitest";
import { exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person, user } from "../../sandbox/firms/firm.ts";
import { complete, POLL_INTERVAL_MS } from "../../testkit/mirror.ts";
import { storeOfOtherProcess } from "../../testkit/other-process.ts";
import { connectUser, pathOf, SETUP_TOKEN, sandboxForTest, serviceForTest } from "../../testkit/service.ts";

const [ADA, BEN, CLEO, DAN] = [1, 2, 3, 4] as const;
const NOW = Date.parse("2026-05-31T15:00:00Z");
const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const NOTE = "Back surgery";

/** Ada takes the calls, Ben is the attorney on the same matter. Cleo has no number; Dan has no matters. */
function firm(): Firm {
  const users = [
    user(ADA, "Ada Arden", { phone_number: "(415) 555-0101" }),
    user(BEN, "Ben Birch", { phone_number: "(415) 555-0102" }),
    user(CLEO, "Cleo Cruz", { phone_number: null }),
    user(DAN, "Dan Dorn", { phone_number: "(415) 555-0104" }),
  ];
  const client = person(100, "Paula Client", { phones: ["(415) 555-0171"] });
  const matters = [
    matter(1000, 1, client, "A matter", { responsible_staff_id: ADA, responsible_attorney_id: BEN }),
  ];
  return { ...exampleFirm(), account: { id: 5, name: "Four LLP" }, users, contacts: [client], matters };
}

async function setUp(directory: "mirror" | "live" = "live") {
  const clock = { now: NOW };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ firms: [firm()], now });
  const service = await serviceForTest(sandbox.url, {
    now,
    env: { DIRECTORY: directory },
    pollIntervalMs: POLL_INTERVAL_MS,
  });
  const { browser } = await connectUser(service, { userId: ADA, setup: SETUP_TOKEN });
  if (directory === "mirror") await complete(service);
  const { absences, firms } = await storeOfOtherProcess(service);
  const firmId = (await firms.list())[0]?.id ?? "";
  const away = (userId: number, changes: { from?: number; until?: number | null; standInId?: number } = {}) =>
    absences.add(firmId, {
      userId,
      from: NOW - HOUR_MS,
      until: NOW + HOUR_MS,
      standInId: null,
      note: NOTE,
      ...changes,
    });
  const names = async () => {
    const { body } = await browser.get("/transfer-rules.json");
    return (body as { name: string; matter_count: number }[]).map(({ name, matter_count }) => [
      name,
      matter_count,
    ]);
  };
  const click = async () => {
    const page = await browser.get(
      pathOf(sandbox.click({ userId: ADA, subjectPath: "/api/v4/matters/1000" })),
    );
    expect(page.status).toBe(200);
    return page.text;
  };
  return { sandbox, service, browser, clock, away, names, click };
}

/** The part of the page about one person. */
function personOn(page: string, userId: number): string {
  return new RegExp(`<details id="person-${userId}"[\\s\\S]*?</details>`).exec(page)?.[0] ?? "";
}

describe.each(["mirror", "live"] as const)("GET /transfer-rules with DIRECTORY=%s", (directory) => {
  test("a stand-in without matters needs a rule, from when the absence is entered until it is over", async () => {
    const { names, away, browser } = await setUp(directory);
    expect(await names()).toEqual([["Ada Arden", 1]]);
    await away(ADA, { from: NOW + 20 * DAY_MS, until: NOW + 21 * DAY_MS, standInId: DAN });
    expect(await names()).toEqual([
      ["Ada Arden", 1],
      ["Dan Dorn", 0],
    ]);
    const page = (await browser.get("/transfer-rules")).text;
    expect(personOn(page, DAN)).toContain("Takes calls while Ada Arden is away.");
    expect(personOn(page, DAN)).toContain("(415) 555-0104");
    expect(personOn(page, ADA)).not.toContain("is away");
    expect(page).not.toContain(NOTE);
  });
});

describe("GET /transfer-rules", () => {
  test("an absence that is over needs no rule", async () => {
    const { names, away, clock } = await setUp();
    await away(ADA, { standInId: DAN });
    expect(await names()).toHaveLength(2);
    clock.now += HOUR_MS;
    expect(await names()).toEqual([["Ada Arden", 1]]);
  });

  test("without a stand-in, the next person on the matter needs a rule", async () => {
    const { names, away } = await setUp();
    await away(ADA);
    expect(await names()).toEqual([
      ["Ada Arden", 1],
      ["Ben Birch", 0],
    ]);
  });

  test("a stand-in who has an absence too may be replaced by the next person", async () => {
    const { names, away } = await setUp();
    await away(ADA, { standInId: DAN });
    await away(DAN, { from: NOW + DAY_MS, until: null });
    expect((await names()).map(([name]) => name)).toEqual(["Ada Arden", "Ben Birch", "Dan Dorn"]);
  });

  test("a stand-in whom Clio doesn't have, or for someone without matters, needs no rule", async () => {
    const { names, away } = await setUp();
    await away(DAN, { standInId: CLEO });
    expect((await names()).map(([name]) => name)).toEqual(["Ada Arden"]);
    await away(ADA, { standInId: 999 });
    expect((await names()).map(([name]) => name)).toEqual(["Ada Arden", "Ben Birch"]);
  });

  test("a stand-in who can't be dialed needs attention, and no matter counts as unreached because of it", async () => {
    const { away, browser } = await setUp();
    await away(ADA, { standInId: CLEO });
    const page = (await browser.get("/transfer-rules")).text;
    expect(page).toContain(">Needs attention <span");
    expect(personOn(page, CLEO)).toContain("Cleo Cruz has no phone number in Clio");
    expect(personOn(page, CLEO)).toContain("Takes calls while Ada Arden is away.");
    expect((await browser.get("/transfer-rules/unreached.json")).body).toEqual([]);
  });
});

describe("GET /clio-action", () => {
  test("says who is away and who takes the calls, with the rule of both and without the note", async () => {
    const { away, click } = await setUp();
    await away(ADA, { standInId: DAN });
    const page = await click();
    expect(page).toContain(
      "Ada Arden is away until Sun, May 31, 2026, 9:00 AM. Calls go to Dan Dorn meanwhile.",
    );
    expect(page).toContain("Calls usually go to <strong>Ada Arden</strong>");
    expect(page).toContain("<h2>Ada Arden</h2>");
    expect(page).toContain("<h2>Dan Dorn</h2>");
    expect(page).toContain("(415) 555-0104");
    expect(page).not.toContain(NOTE);
  });

  test("names the next person on the matter, or the receptionist, if no one stands in", async () => {
    const { away, click } = await setUp();
    await away(ADA, { until: null });
    expect(await click()).toContain("Ada Arden is away. Calls go to Ben Birch meanwhile.");
    await away(BEN);
    expect(await click()).toContain("Ada Arden is away. The receptionist takes a message.");
  });

  test("says nothing of absences that haven't begun or are over", async () => {
    const { away, click, clock } = await setUp();
    await away(ADA, { from: NOW + HOUR_MS, until: NOW + 2 * HOUR_MS, standInId: DAN });
    expect(await click()).not.toMatch(/away|Dan Dorn/);
    clock.now += 2 * HOUR_MS;
    expect(await click()).not.toMatch(/away|Dan Dorn/);
  });

  test("still takes two requests to Clio", async () => {
    const { away, click, sandbox } = await setUp();
    await away(ADA, { standInId: DAN });
    sandbox.counts.clear();
    await click();
    const requests = [...sandbox.counts].filter(([path]) => path.startsWith("/api/v4"));
    expect(requests.reduce((sum, [, count]) => sum + count, 0)).toBe(2);
  });
});
