import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { connectedService, connectUser, consent, pathOf } from "../../../testkit/service.ts";

const MATTER = `/api/v4/matters/${cases.janeDoe.matterId}`;
const NOON = Date.UTC(2026, 10, 2, 12);

async function attackable(options: Parameters<typeof connectedService>[0] = {}) {
  const connected = await connectedService(options);
  const { sandbox, service, userId } = connected;
  sandbox.counts.clear();
  const from = (address: string, path: string) =>
    supertest(service.url).get(path).set("X-Forwarded-For", address);
  let forged = 0;
  return {
    ...connected,
    /** The address of a real click. */
    click: (by = userId) => pathOf(sandbox.click({ userId: by, subjectPath: MATTER })),
    /** A click with an invented nonce. */
    forge(address: string, by = userId) {
      forged += 1;
      const query = { custom_action_id: 1, user_id: by, subject_url: MATTER };
      return from(address, "/clio-action").query({ ...query, custom_action_nonce: `invented-${forged}` });
    },
    from,
    clioRequests: () =>
      [...sandbox.counts].reduce((sum, [path, count]) => sum + (path.startsWith("/api/") ? count : 0), 0),
  };
}

const addressOf = (at: number) => `203.0.113.${at}`;

function countStatuses(answers: readonly { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe("clicks that Clio doesn't confirm", () => {
  test("from many addresses together spend at most 20 of a user's requests to Clio", async () => {
    const { forge, clioRequests } = await attackable();
    const answers = [];
    for (let at = 1; at <= 20; at += 1) answers.push(await forge(addressOf(at)));
    expect(countStatuses(answers)).toEqual({ 403: 20 });
    const refused = await Promise.all(Array.from({ length: 30 }, (_, at) => forge(addressOf(100 + at))));
    expect(countStatuses(refused)).toEqual({ 429: 30 });
    expect(clioRequests()).toBe(20);
  });

  test("spend no more than that if they come at the same time", async () => {
    const { forge, clioRequests } = await attackable();
    const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => forge(addressOf(at))));
    expect(countStatuses(answers)).toEqual({ 403: 20, 429: 40 });
    expect(clioRequests()).toBe(20);
  });

  test("are limited for each user separately", async () => {
    const { service, sandbox, forge, click, from } = await attackable();
    const other = sandbox.firms[0]?.users[1]?.id ?? 0;
    await connectUser(service, { userId: other });
    for (let at = 1; at <= 21; at += 1) await forge(addressOf(at));
    expect((await forge(addressOf(50))).status).toBe(429);
    expect((await from(addressOf(51), click(other))).status).toBe(200);
  });

  test("get a page that says when to try again, and leads through the sign-in back to the click", async () => {
    const { service, userId, forge, click } = await attackable();
    for (let at = 1; at <= 20; at += 1) await forge(addressOf(at));
    const clicked = click();
    const browser = service.browser();
    const page = await browser.get(clicked);
    expect([page.status, page.type]).toEqual([429, "text/html"]);
    expect(Number(page.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(page.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect(page.text).toContain(`Try again in ${page.headers["retry-after"]} second`);
    const start = /href="(\/connect\?back=[^"]+)"/.exec(page.text)?.[1] ?? "";
    const back = await browser.get(await consent(browser, { userId, start }));
    expect(back.headers.location).toBe(clicked);
    expect((await browser.get(clicked)).status).toBe(200);
  });

  test("leave 25 of a user's requests a minute to everyone else", async () => {
    const { ask, forge, clioRequests } = await attackable({
      sandbox: { requestsPerMinute: 50, now: () => NOON },
    });
    // Connecting took some of the 50 as well.
    await ask("/lookup-contact", { phone: cases.janeDoe.phone });
    const calls = () => ask("/lookup-contact", { phone: cases.janeDoe.phone });
    for (let at = 1; at <= 10; at += 1) expect((await calls()).status).toBe(200);
    const spent = clioRequests();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => forge(addressOf(at))));
    expect(countStatuses(answers)[503]).toBeGreaterThan(0);
    expect(answers.find(({ status }) => status === 503)?.text).toContain('href="/connect?back=');
    expect(clioRequests()).toBeGreaterThan(spent);
    for (let at = 1; at <= 25; at += 1) expect((await calls()).status).toBe(200);
  });

  test("are limited by address, before a request to Clio", async () => {
    const { service, sandbox, forge, clioRequests } = await attackable();
    const users = sandbox.firms[0]?.users.filter(({ enabled }) => enabled) ?? [];
    for (const { id } of users.slice(1, 3)) await connectUser(service, { userId: id });
    sandbox.counts.clear();
    for (let at = 0; at < 30; at += 1)
      expect((await forge(addressOf(1), users[at % 3]?.id)).status).toBe(403);
    const refused = await forge(addressOf(1), users[0]?.id);
    expect([refused.status, refused.type]).toEqual([429, "text/html"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(clioRequests()).toBe(30);
    expect((await forge(addressOf(2), users[0]?.id)).status).toBe(403);
  });

  test("are limited by address for users who aren't connected, too", async () => {
    const { forge, userId } = await attackable();
    for (let at = 1; at <= 30; at += 1) expect((await forge(addressOf(1), 880_000 + at)).status).toBe(302);
    expect((await forge(addressOf(1), 880_031)).status).toBe(429);
    expect((await forge(addressOf(1), userId)).status).toBe(429);
  });
});

describe("clicks that Clio confirms", () => {
  test("aren't counted, neither for the address nor for the user", async () => {
    const { from, click, forge } = await attackable();
    for (let at = 1; at <= 40; at += 1) expect((await from(addressOf(1), click())).status).toBe(200);
    for (let at = 1; at <= 20; at += 1) expect((await forge(addressOf(1))).status).toBe(403);
    expect((await forge(addressOf(2))).status).toBe(429);
  });

  test("are never limited in a browser that is signed in as the user who clicked", async () => {
    const { service, userId, sandbox, click, forge } = await attackable();
    const { browser } = await connectUser(service, { userId });
    const other = sandbox.firms[0]?.users[1]?.id ?? 0;
    const { browser: colleague } = await connectUser(service, { userId: other });
    for (let at = 1; at <= 35; at += 1) await forge("127.0.0.1");
    for (let at = 1; at <= 40; at += 1) expect((await browser.get(click())).status).toBe(200);
    expect((await colleague.get(click())).status).toBe(429);
  });

  test("can be reloaded while the limits are used up", async () => {
    const { service, click, forge } = await attackable();
    const browser = service.browser();
    const clicked = click();
    expect((await browser.get(clicked)).status).toBe(200);
    for (let at = 1; at <= 35; at += 1) await forge("127.0.0.1");
    expect((await browser.get(clicked)).status).toBe(200);
    expect((await browser.get(click())).status).toBe(429);
  });
});
