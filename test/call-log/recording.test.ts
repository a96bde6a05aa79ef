import { readFileSync } from "node:fs";
import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../sandbox/firms/example-firm.ts";
import { metric } from "../../testkit/mirror.ts";
import { connectedService, connectUser, serviceForTest } from "../../testkit/service.ts";
import { inStore } from "./in-store.ts";

const ALL = { since: 0, before: null, outcome: null, search: null, limit: 50 };

describe("answers to the receptionist", () => {
  test("are recorded as calls, and none is lost when the service stops", async () => {
    const { ask, service } = await connectedService();
    await ask("/route-call", { caller_id: cases.janeDoe.phone });
    await ask("/route-call", { caller_id: "+14155550100" });
    await ask("/route-call", { caller_id: "anonymous" });
    await service.close();
    await inStore(service, async ({ calls }, firmId) => {
      expect(await calls.count(firmId)).toBe(3);
      expect(await calls.latest(firmId)).toMatchObject({ outcome: "withheld", content: { caller: null } });
    });
  });

  test("have the caller, what was found, which rules decided, and what it cost", async () => {
    const { ask, service } = await connectedService();
    await ask("/route-call", { caller_id: cases.janeDoe.phone });
    await service.close();
    await inStore(service, async ({ calls }, firmId) => {
      expect(await calls.latest(firmId)).toMatchObject({
        outcome: "routed",
        content: {
          caller: cases.janeDoe.phone,
          contact: { id: cases.janeDoe.contactId, name: "Jane Doe" },
          matter: { id: cases.janeDoe.matterId, displayNumber: "00042-Doe" },
          person: { id: 350, name: "Felix Dubinsky" },
          matchedOn: "phone",
          lookups: [
            {
              action: "route_call",
              outcome: "routed",
              decision: { caller: "unique_number", matter: "only_matter", person: "first_role" },
              errorCode: null,
              clioRequests: 2,
              source: "live",
            },
          ],
        },
      });
    });
  });

  test("have the caller's part in the matter, and who was away", async () => {
    const { ask, service } = await connectedService();
    await inStore(service, ({ absences }, firmId) =>
      absences.add(firmId, { userId: 350, from: 0, until: null, standInId: 351, note: "Back surgery" }),
    );
    await ask("/route-call", { caller_id: cases.spouse.phone });
    await service.close();
    await inStore(service, async ({ calls }, firmId) => {
      const call = await calls.latest(firmId);
      expect(call).toMatchObject({
        outcome: "routed",
        content: {
          contact: { id: cases.spouse.contactId },
          matter: { id: cases.spouse.matterId },
          person: { id: 351 },
          relation: "Spouse",
          away: { id: 350, name: "Felix Dubinsky", until: null },
        },
      });
      expect(JSON.stringify(call)).not.toContain("surgery");
    });
  });

  test("of both steps are one call", async () => {
    const { ask, service } = await connectedService();
    const { body } = await ask("/lookup-contact", { phone: cases.janeDoe.phone });
    await ask("/responsible-staff", { clio_contact_id: String(body.data.id) });
    await service.close();
    await inStore(service, async ({ calls }, firmId) => {
      expect(await calls.count(firmId)).toBe(1);
      expect(await calls.latest(firmId)).toMatchObject({
        outcome: "routed",
        content: {
          caller: cases.janeDoe.phone,
          contact: { name: "Jane Doe" },
          person: { name: "Felix Dubinsky" },
          lookups: [
            { action: "lookup_contact", outcome: "nobody" },
            { action: "responsible_staff", outcome: "routed" },
          ],
        },
      });
    });
  });

  test("that repeat the one before are recorded once, until the call is reported", async () => {
    const { ask, service, key } = await connectedService();
    const lookUp = () => ask("/route-call", { caller_id: cases.janeDoe.phone });
    await lookUp();
    await lookUp();
    await supertest(service.url)
      .post("/after-call")
      .set("Authorization", `Bearer ${key}`)
      .send({ caller_id: cases.janeDoe.phone });
    await lookUp();
    await service.close();
    await inStore(service, async ({ callList }, firmId) => {
      const { calls } = await callList.list(firmId, ALL);
      expect(calls.map(({ content }) => content?.lookups.length)).toEqual([1, 1]);
      expect(calls.filter(({ reportedAt }) => reportedAt !== null)).toHaveLength(1);
    });
  });

  test("that ask for a name are followed by what the name found", async () => {
    const { ask, service } = await connectedService();
    await ask("/route-call", { caller_id: cases.household.phone });
    expect(await metric(service, 'call_answers_total{outcome="asked_back"}')).toBe(1);
    await ask("/route-call", { caller_id: cases.household.phone, name: "nobody of that name" });
    await service.close();
    await inStore(service, async ({ calls }, firmId) => {
      expect(await calls.latest(firmId)).toMatchObject({
        outcome: "asked_back",
        content: { candidateCount: 2, lookups: [{ name: null }, { name: "nobody of that name" }] },
      });
    });
  });

  test("are recorded when they are errors, but not when the request is invalid", async () => {
    const { ask, service, sandbox } = await connectedService();
    sandbox.fault({ kind: "status", status: 403, path: "/api/v4/contacts" });
    expect((await ask("/route-call", { caller_id: cases.janeDoe.phone })).status).toBe(503);
    expect((await ask("/route-call", { caller_id: "12" })).status).toBe(400);
    await service.close();
    await inStore(service, async ({ calls }, firmId) => {
      expect(await calls.count(firmId)).toBe(1);
      expect(await calls.latest(firmId)).toMatchObject({
        outcome: "error",
        content: {
          caller: cases.janeDoe.phone,
          lookups: [{ decision: null, errorCode: "clio_permission" }],
        },
      });
    });
  });

  test("are not recorded for a caller who is tried on the setup page", async () => {
    const { service, sandbox, userId } = await connectedService();
    const { browser, page } = await connectUser(service, { userId });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const tried = await browser.post("/setup/try").type("form").send({ csrf, number: cases.janeDoe.phone });
    expect(tried.text).toContain("Felix Dubinsky");
    expect(sandbox.counts.get("/api/v4/contacts")).toBeGreaterThan(0);
    await service.close();
    await inStore(service, async ({ calls }, firmId) => expect(await calls.count(firmId)).toBe(0));
  });

  test("leave nothing about people in the database's files, or in the log", async () => {
    const { ask, service } = await connectedService();
    await ask("/route-call", { caller_id: cases.janeDoe.phone, name: "Jane Doe" });
    await service.close();
    const file = readFileSync(service.databaseFile).toString("latin1");
    for (const text of ["Jane", "Dubinsky", "5550171", "00042-Doe"]) {
      expect(file).not.toContain(text);
      expect(service.logLines.join("\n")).not.toContain(text);
    }
  });

  test("are kept for CALL_LOG_DAYS", async () => {
    const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
    const { ask, service, sandbox } = await connectedService({
      sandbox: { now: () => clock.now },
      now: () => clock.now,
      env: { CALL_LOG_DAYS: "2" },
    });
    await ask("/route-call", { caller_id: cases.janeDoe.phone });
    await service.close();
    const restarted = async (afterDays: number) => {
      clock.now += afterDays * 86_400_000;
      const again = await serviceForTest(sandbox.url, {
        folder: service.folder,
        now: () => clock.now,
        env: { CALL_LOG_DAYS: "2" },
      });
      await again.close();
      return inStore(again, async ({ calls }, firmId) => calls.count(firmId));
    };
    expect(await restarted(1.9)).toBe(1);
    expect(await restarted(0.2)).toBe(0);
  });
});
