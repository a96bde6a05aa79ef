import { describe, expect, it } from "vitest";
import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { callLines, complete, LOOKS_EVERY, metric, until } from "../../testkit/mirror.ts";
import {
  connectUser,
  folderForTest,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const { janeDoe } = exampleCases;
const MINUTE = 60_000;

/** A firm of 3,000 contacts, 15 pages of them, and a service that is about to be connected. */
async function largeFirm(requestsPerMinute: number) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const { firm, lines } = generatedFirm({ contacts: 3_000, seed: 5, matters: 1_500 });
  const sandbox = await sandboxForTest({ firms: [firm], requestsPerMinute, now });
  const folder = await folderForTest();
  const start = (pollIntervalMs = LOOKS_EVERY) =>
    serviceForTest(sandbox.url, { folder, now, pollIntervalMs, env: { DIRECTORY: "mirror" } });
  return { clock, firm, lines, sandbox, folder, start };
}

const asked = (counts: ReadonlyMap<string, number>) =>
  [...counts].filter(([path]) => path.startsWith("/api/")).reduce((sum, [, times]) => sum + times, 0);
const listed = (counts: ReadonlyMap<string, number>) =>
  ["contacts", "matters", "users"].reduce((sum, kind) => sum + (counts.get(`/api/v4/${kind}`) ?? 0), 0);

describe("the first read", () => {
  it("leaves the receptionist 20 of Clio's requests a minute, and callers are answered live meanwhile", async () => {
    const { firm, lines, sandbox, start } = await largeFirm(50);
    const service = await start();
    const { key } = await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    // The reading stops by itself, 20 requests before the limit.
    await until(() => expect(asked(sandbox.counts)).toBe(30));
    const [contactId, [line] = []] = [...lines].find(([, numbers]) => numbers.length === 1) ?? [];
    const { body } = await service
      .browser()
      .get("/lookup-contact")
      .query({ phone: line?.e164 ?? "" })
      .set("Authorization", `Bearer ${key}`);
    expect(body.candidate_count).toBeGreaterThan(0);
    expect(contactId).toBeGreaterThan(0);
    expect(callLines(service).at(-1)).toMatchObject({ directory: "live", clio_requests: 1 });
    expect(asked(sandbox.counts)).toBe(31);
    expect(await metric(service, "clio_mirror_age_seconds")).toBe(null);
  });

  it("goes on at the page where it was stopped", async () => {
    const { firm, lines, sandbox, start, clock } = await largeFirm(Number.POSITIVE_INFINITY);
    const service = await start();
    sandbox.fault({ kind: "hang", path: /contacts.*page_token.*/, times: 0 });
    const { key } = await connectUser(service, { userId: firm.users[0]?.id ?? 0, setup: SETUP_TOKEN });
    await until(() => expect(sandbox.counts.get("/api/v4/contacts") ?? 0).toBeGreaterThan(4));
    await service.close();
    const soFar = listed(sandbox.counts);
    const again = await start();
    await complete(again);
    // Users, two counts, 15 and 8 pages; the page that was under way is read twice.
    expect(listed(sandbox.counts)).toBeLessThanOrEqual(1 + 2 + 15 + 8 + 1);
    expect(soFar).toBeGreaterThan(4);
    expect(await metric(again, 'clio_mirror_records{kind="contacts"}')).toBe(3_000);
    expect(await metric(again, 'clio_mirror_records{kind="matters"}')).toBe(1_500);
    clock.now += MINUTE;
    const unique = [...lines].find(([, numbers]) => numbers.length === 1)?.[1][0]?.e164 ?? "";
    const { status } = await again
      .browser()
      .get("/lookup-contact")
      .query({ phone: unique })
      .set("Authorization", `Bearer ${key}`);
    expect(status).toBe(200);
  });

  it("begins a kind again whose page Clio does not know any more", async () => {
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

  it("of one firm does not wait for another's", async () => {
    const one = exampleFirm();
    const { firm: other } = generatedFirm({ contacts: 200, seed: 3 });
    for (const user of other.users) user.id += 10_000;
    for (const matter of other.matters) {
      matter.responsible_attorney_id = null;
      matter.responsible_staff_id = null;
      matter.originating_attorney_id = null;
    }
    // The first firm's user may not read matters: its mirror never gets complete.
    one.users[0]?.permissions.delete("matters");
    const sandbox = await sandboxForTest({ firms: [one, other] });
    const service = await serviceForTest(sandbox.url, {
      pollIntervalMs: LOOKS_EVERY,
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
