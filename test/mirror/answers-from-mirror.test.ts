import { describe, expect, it } from "vitest";
import { exampleCases } from "../../sandbox/firms/example-firm.ts";
import { person } from "../../sandbox/firms/firm.ts";
import { callLines, metric, mirroredService, until } from "../../testkit/mirror.ts";

const { janeDoe, couple, household } = exampleCases;
const HOUR = 60 * 60_000;

describe("a complete mirror", () => {
  it("answers as Clio would, without a request to Clio", async () => {
    const { ask, requests, service } = await mirroredService();
    const before = requests();
    const { body } = await ask("/route-call", { caller_id: janeDoe.phone });
    expect(body).toMatchObject({
      found: true,
      data: {
        contact: { id: janeDoe.contactId },
        matter: { id: janeDoe.matterId },
        responsible_staff: { id: 350 },
      },
      matched_on: "phone",
    });
    expect((await ask("/lookup-contact", { last_4: janeDoe.lastFour })).body.data.id).toBe(janeDoe.contactId);
    expect((await ask("/responsible-staff", { clio_contact_id: janeDoe.contactId })).body.data.id).toBe(
      janeDoe.matterId,
    );
    expect((await ask("/route-call", { caller_id: couple.phone })).body.data.responsible_staff.id).toBe(
      couple.responsibleAttorneyId,
    );
    expect((await ask("/route-call", { caller_id: household.phone })).body.candidate_count).toBe(2);
    expect(requests()).toBe(before);
    expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror", clio_requests: 0 });
    expect(await metric(service, 'directory_answers_total{source="mirror"}')).toBe(5);
  });

  it("finds a number that Clio's search doesn't find", async () => {
    const { ask, sandbox } = await mirroredService();
    const contact = sandbox.firms[0]?.contacts.find(({ phone_numbers }) =>
      phone_numbers.some(({ number }) => number === "415 555-01 61"),
    );
    const { body } = await ask("/lookup-contact", { phone: "+14155550161" });
    expect(body.data?.id).toBe(contact?.id);
  });

  it("matches by full name alone with ROUTE_BY_NAME", async () => {
    const { ask, requests } = await mirroredService({ env: { ROUTE_BY_NAME: "true" } });
    const before = requests();
    const { body } = await ask("/route-call", { caller_id: "anonymous", name: "Doe, Jane" });
    expect(body).toMatchObject({
      found: true,
      matched_on: "name",
      data: { contact: { id: janeDoe.contactId } },
    });
    expect(requests()).toBe(before);
  });
});

describe("a caller who isn't in the mirror", () => {
  it("is looked up in Clio, and added to the mirror with their matters", async () => {
    const { ask, sandbox, requests, service } = await mirroredService();
    const changes = sandbox.changes();
    changes.addContact(person(2_700_000_001, "Nora Quill", { phones: ["(415) 555-0188"] }));
    const jane = sandbox.firms[0]?.matters.find(({ id }) => id === janeDoe.matterId);
    if (!jane) throw new Error("the example has no such matter");
    changes.addMatter({
      ...jane,
      id: 1_999_001,
      number: 900,
      display_number: "00900-Quill",
      client_id: 2_700_000_001,
    });

    const first = await ask("/route-call", { caller_id: "+14155550188" });
    expect(first.body).toMatchObject({
      found: true,
      data: { contact: { name: "Nora Quill" }, matter: { id: 1_999_001 } },
    });
    expect(callLines(service).at(-1)).toMatchObject({ directory: "live", clio_requests: 2 });

    await until(async () => {
      const again = await ask("/route-call", { caller_id: "+14155550188" });
      expect(again.body).toEqual(first.body);
      expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror", clio_requests: 0 });
    });
    const before = requests();
    expect((await ask("/responsible-staff", { clio_contact_id: 2_700_000_001 })).body.data.id).toBe(
      1_999_001,
    );
    expect(requests()).toBe(before);
  });

  it("is unknown after one request to Clio", async () => {
    const { ask, service } = await mirroredService();
    const { body } = await ask("/route-call", { caller_id: "+14155550199" });
    expect(body).toMatchObject({ found: false, candidate_count: 0, matched_on: null });
    expect(callLines(service).at(-1)).toMatchObject({ directory: "live", clio_requests: 1 });
  });
});

describe("while Clio is unavailable", () => {
  for (const [name, fault] of [
    ["is unreachable", { kind: "reset" }],
    ["responds with 503", { kind: "status", status: 503 }],
    ["responds with 429", { kind: "status", status: 429, retryAfter: 30 }],
    ["hangs", { kind: "hang" }],
  ] as const)
    it(`finds known callers, and treats strangers as unknown, if Clio ${name}`, async () => {
      const { ask, sandbox, service } = await mirroredService({ env: { ANSWER_DEADLINE_MS: "600" } });
      sandbox.fault({ ...fault, path: "/api/", times: Number.POSITIVE_INFINITY });
      expect((await ask("/route-call", { caller_id: janeDoe.phone })).body.data.contact.id).toBe(
        janeDoe.contactId,
      );
      const stranger = await ask("/route-call", { caller_id: "+14155550199" });
      expect(stranger.status).toBe(200);
      expect(stranger.body.found).toBe(false);
      expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror_without_clio" });
    });

  it("answers for 24 hours and no longer, and logs that Clio is unavailable", async () => {
    const { ask, sandbox, clock, service } = await mirroredService();
    sandbox.fault({ kind: "reset", path: "/api/", times: Number.POSITIVE_INFINITY });
    clock.now += 23 * HOUR;
    expect((await ask("/route-call", { caller_id: janeDoe.phone })).body.found).toBe(true);
    expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror_without_clio" });
    expect(await metric(service, "clio_mirror_age_seconds")).toBe((23 * HOUR) / 1000);
    clock.now += HOUR;
    const { status, body } = await ask("/route-call", { caller_id: janeDoe.phone });
    expect([status, body.code]).toEqual([502, "clio_error"]);

    sandbox.clearFaults();
    clock.now += 60_000;
    await until(async () => {
      await ask("/route-call", { caller_id: janeDoe.phone });
      expect(callLines(service).at(-1)).toMatchObject({ directory: "mirror" });
    });
  });
});
