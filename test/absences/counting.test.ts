import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { mirroredService } from "../../testkit/mirror.ts";
import { storeOfOtherProcess } from "../../testkit/other-process.ts";
import { connectedService } from "../../testkit/service.ts";

const FELIX = 350;
const NOW = Date.parse("2026-05-31T15:00:00Z");
const HOUR_MS = 60 * 60_000;

async function liveService() {
  const clock = { now: NOW };
  const { service, sandbox, ask } = await connectedService({ now: () => clock.now });
  return { service, sandbox, ask, clock };
}

async function setUp(directory: "mirror" | "live") {
  const running = directory === "mirror" ? await mirroredService() : await liveService();
  const { absences, firms } = await storeOfOtherProcess(running.service);
  const firmId = (await firms.list())[0]?.id ?? "";
  const [standIn] = (running.sandbox.firms[0]?.users ?? []).filter(
    ({ id, enabled, phone_number }) => id !== FELIX && enabled && phone_number,
  );
  if (!standIn) throw new Error("no one can stand in");
  const route = async () => (await running.ask("/route-call", { caller_id: cases.janeDoe.phone })).body;
  const away = (changes = {}) =>
    absences.add(firmId, {
      userId: FELIX,
      from: NOW - HOUR_MS,
      until: NOW + HOUR_MS,
      standInId: standIn.id,
      note: null,
      ...changes,
    });
  const matter = running.sandbox.firms[0]?.matters.find(({ id }) => id === cases.janeDoe.matterId);
  const attorneyId = matter?.responsible_attorney_id ?? 0;
  return { ...running, absences, firms, firmId, standIn, attorneyId, route, away };
}

describe.each(["mirror", "live"] as const)("with DIRECTORY=%s", (directory) => {
  test("an absence entered in another process counts from the next call on, until it is removed", async () => {
    const { route, away, absences, firmId, standIn } = await setUp(directory);
    expect(await route()).toMatchObject({ transfer_to: "Felix Dubinsky", away: null });
    const id = await away();
    expect(await route()).toMatchObject({
      found: true,
      data: { responsible_staff: { id: standIn.id }, role: "responsible_staff" },
      transfer_to: standIn.name,
      away: { name: "Felix Dubinsky", until: "2026-05-31T09:00:00-07:00" },
      message: expect.stringMatching(/^Felix Dubinsky is not available\. .*transfer to /),
    });
    await absences.remove(firmId, id);
    expect(await route()).toMatchObject({ transfer_to: "Felix Dubinsky", away: null });
  });

  test("it begins and ends by itself", async () => {
    const { route, away, clock } = await setUp(directory);
    await away({ from: NOW + HOUR_MS, until: NOW + 2 * HOUR_MS });
    expect(await route()).toMatchObject({ away: null });
    clock.now = NOW + HOUR_MS;
    expect(await route()).toMatchObject({ away: { name: "Felix Dubinsky" } });
    clock.now = NOW + 2 * HOUR_MS;
    expect(await route()).toMatchObject({ transfer_to: "Felix Dubinsky", away: null });
  });

  test("without anyone else on the matter, the receptionist takes a message", async () => {
    const { ask, route, away, attorneyId } = await setUp(directory);
    await away({ standInId: null, until: null });
    await away({ userId: attorneyId });
    expect(await route()).toMatchObject({
      found: false,
      data: {
        contact: { id: cases.janeDoe.contactId },
        matter: { id: cases.janeDoe.matterId },
        responsible_staff: null,
        role: null,
      },
      transfer_to: null,
      away: { name: "Felix Dubinsky", until: null },
      message: expect.stringContaining("Take a message for Felix Dubinsky"),
    });
    const { body } = await ask("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) });
    expect(body).toMatchObject({
      found: false,
      data: null,
      transfer_to: null,
      matters: [{ display_number: "00042-Doe", responsible_staff: null }],
      away: { name: "Felix Dubinsky", until: null },
    });
  });

  test("a stand-in whom Clio no longer has is passed over", async () => {
    const { route, away, attorneyId } = await setUp(directory);
    await away({ standInId: 999_999 });
    expect(await route()).toMatchObject({
      data: { responsible_staff: { id: attorneyId }, role: "responsible_attorney" },
      away: { name: "Felix Dubinsky" },
    });
  });

  test("the end is told in the firm's time zone, which counts from the next call on as well", async () => {
    const { route, away, firms, firmId } = await setUp(directory);
    await away();
    await firms.setTimeZone(firmId, "America/New_York");
    expect((await route()).away).toEqual({ name: "Felix Dubinsky", until: "2026-05-31T12:00:00-04:00" });
  });
});

test("absences cost no request to Clio with a mirror, and one for a stand-in without", async () => {
  const mirrored = await setUp("mirror");
  await mirrored.away();
  mirrored.sandbox.counts.clear();
  await mirrored.route();
  expect([...mirrored.sandbox.counts]).toEqual([]);

  const live = await setUp("live");
  await live.away();
  live.sandbox.counts.clear();
  await live.route();
  expect([...live.sandbox.counts]).toEqual([
    ["/api/v4/contacts", 1],
    ["/api/v4/matters", 1],
    ["/api/v4/users/:id", 1],
  ]);
});

test("removing a firm and admitting it again leaves none of its absences", async () => {
  const { away, absences, firms, firmId, service } = await setUp("mirror");
  await away();
  expect(await absences.revision(firmId)).toBeGreaterThan(0);
  await service.close();
  await firms.remove(firmId);
  await firms.admit(
    { region: "us", accountId: Number(firmId.slice(3)), name: "Again" },
    { onlyFirst: false },
  );
  expect(await absences.listByFirm(firmId)).toEqual([]);
  expect(await absences.revision(firmId)).toBe(0);
});
