import { describe, expect, it } from "vitest";
import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { callLines, complete, metric, POLL_INTERVAL_MS, until } from "../../testkit/mirror.ts";
import {
  connectUser,
  folderForTest,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const { janeDoe } = exampleCases;
const MINUTE = 60_000;

/** A firm with 3,000 contacts, which are 15 pages, and a service that it isn't connected to yet. */
async function largeFirm(requestsPerMinute: number) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const { firm, lines } = generatedFirm({ contacts: 3_000, seed: 5, matters: 1_500 });
  const sandbox = await sandboxForTest({ firms: [firm], requestsPerMinute, now });
  const folder = await folderForTest();
  const start = (pollIntervalMs = POLL_INTERVAL_MS) =>
    serviceForTest(sandbox.url, { folder, now, pollIntervalMs, env: { DIRECTORY: "mirror" } });
  return { clock, firm, lines, sandbox, folder, start };
}

const requestCount = (counts: ReadonlyMap<string, number>) =>
  [...counts].filter(([path]) => path.startsWith("/api/")).reduce((sum, [, times]) => sum + times, 0);
const listRequestCount = (counts: ReadonlyMap<string, number>) =>
  ["contacts", "matters", "users"].reduce((sum, kind) => sum + (counts.get(`/api/v4/${kind}`) ?? 0), 0);

describe("the first full sync", () => {
  it("leaves 20 requests a minute for calls, which are answered live meanwhile", async () => {
    const { firm, lines, sandbox, start } = await largeFirm(50);
    const service = await start();
    const { key } = await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    // The sync pauses by itself, 20 requests before the limit.
    await until(() => expect(requestCount(sandbox.counts)).toBe(30));
    const [contactId, [line] = []] = [...lines].find(([, numbers]) => numbers.length === 1) ?? [];
    const { body } = await service
      .browser()
      .get("/lookup-contact")
      .query({ phone: line?.e164 ?? "" })
      .set("Authorization", `Bearer ${key}`);
    expect(body.candidate_count).toBeGreaterThan(0);
    expect(contactId).toBeGreaterThan(0);
    expect(callLines(service).at(-1)).toMatchObject({ directory: "live", clio_requests: 1 });
    expect(requestCount(sandbox.counts)).toBe(31);
    expect(await metric(service, "clio_mirror_age_seconds")).toBe(null);
  });

  it("continues at the page where it was interrupted", async () => {
    const { firm, lines, sandbox, start, clock } = await largeFirm(Number.POSITIVE_INFINITY);
    const service = await start();
    sandbox.fault({ kind: "hang", path: /contacts.*page_token.*/, times: 0 });
    const { key } = await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    await until(() => expect(sandbox.counts.get("/api/v4/contacts") ?? 0).toBeGreaterThan(4));
    await service.close();
    const requestsBefore = listRequestCount(sandbox.counts);
    const restarted = await start();
    await complete(restarted);
    // One page of users, two counts, 15 and 8 pages; the interrupted page is read twice.
    expect(listRequestCount(sandbox.counts)).toBeLessThanOrEqual(1 + 2 + 15 + 8 + 1);
    expect(requestsBefore).toBeGreaterThan(4);
    expect(await metric(restarted, 'clio_mirror_records{kind="contacts"}')).toBe(3_000);
    expect(await metric(restarted, 'clio_mirror_records{kind="matters"}')).toBe(1_500);
    clock.now += MINUTE;
    const unique = [...lines].find(([, numbers]) => numbers.length === 1)?.[1][0]?.e164 ?? "";
    const { status } = await restarted
      .browser()
      .get("/lookup-contact")
      .query({ phone: unique })
      .set("Authorization", `Bearer ${key}`);
    expect(status).toBe(200);
  });

  it("restarts a kind of record if Clio no longer knows the next page", async () => {
    const { firm, sandbox, start, clock } = await largeFirm(Number.POSITIVE_INFINITY);
    sandbox.fault({ kind: "status", status: 400, path: /\/contacts.*page_token/, times: 5 });
    const service = await start();
    await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    await until(async () => {
      clock.now += MINUTE;
      expect(await metric(service, 'clio_mirror_records{kind="contacts"}')).toBe(3_000);
      expect(await metric(service, "clio_mirror_age_seconds")).not.toBe(null);
    });
  });

  it("of one firm doesn't wait for another firm's", async () => {
    const blocked = exampleFirm();
    const { firm: other } = generatedFirm({ contacts: 200, seed: 3 });
    for (const user of other.users) user.id += 10_000;
    for (const matter of other.matters) {
      matter.responsible_attorney_id = null;
      matter.responsible_staff_id = null;
      matter.originating_attorney_id = null;
    }
    // Without permission to read matters, this mirror is never complete.
    blocked.users[0]?.permissions.delete("matters");
    const sandbox = await sandboxForTest({ firms: [blocked, other] });
    const service = await serviceForTest(sandbox.url, {
      pollIntervalMs: POLL_INTERVAL_MS,
      env: { DIRECTORY: "mirror" },
    });
    await connectUser(service, { userId: 350, setup: SETUP_TOKEN });
    const { key } = await connectUser(service, { userId: other.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    await complete(service);
    const phone = janeDoe.phone;
    await service.browser().get("/lookup-contact").query({ phone }).set("Authorization", `Bearer ${key}`);
    expect(await metric(service, 'clio_mirror_records{kind="contacts"}')).toBe(200);
    const { text } = await service.browser().get("/metrics");
    expect(text).toContain('clio_requests_total{status="403"}');
  });
});
