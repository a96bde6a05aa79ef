import supertest from "supertest";
import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../sandbox/firms/example-firm.ts";
import { relationship } from "../../sandbox/firms/firm-relationships.ts";
import { complete, type MirroredOptions, mirroredService, until } from "../../testkit/mirror.ts";
import { connectedService } from "../../testkit/service.ts";

const { spouse, adjuster, opposingCounsel, clientAndWitness } = cases;
const POLL_MS = 5 * 60_000;

type Running = Awaited<ReturnType<typeof mirroredService>>;

const relationOf = async (
  { ask }: { ask: (path: string, query: Record<string, string>) => supertest.Test },
  phone: string,
) => {
  const { body } = await ask("/route-call", { caller_id: phone });
  return { relation: body.relation, matter: body.data.matter?.id ?? null, found: body.found };
};
const SPOUSE = { relation: "Spouse", matter: spouse.matterId, found: true };
const NOT_RELATED = { relation: null, matter: null, found: false };

/** Waits for the poll that is due after the clock was moved. */
async function poll({ clock, sandbox, service }: Running): Promise<void> {
  const polls = () => sandbox.counts.get("/api/v4/users") ?? 0;
  const before = polls();
  clock.now += POLL_MS;
  await until(() => expect(polls()).toBeGreaterThan(before));
  await until(async () => {
    const { text } = await supertest(service.url).get("/metrics");
    expect(text).toContain("clio_mirror_age_seconds 0");
  });
}

describe.each(["mirror", "live"] as const)("with DIRECTORY=%s", (directory) => {
  const start = async () => (directory === "mirror" ? await mirroredService() : await connectedService());

  test("a spouse, an adjuster and opposing counsel reach the people on their matters", async () => {
    const { ask } = await start();
    const answerTo = async (phone: string, matter = "") =>
      (await ask("/route-call", { caller_id: phone, ...(matter && { matter }) })).body;
    expect(await answerTo(spouse.phone)).toMatchObject({
      found: true,
      data: {
        contact: { id: spouse.contactId },
        matter: { id: spouse.matterId },
        responsible_staff: { id: spouse.responsibleStaffId },
      },
      relation: "Spouse",
      message: "If the caller asks for the attorney or case manager, transfer to Felix Dubinsky.",
    });
    expect(await answerTo(adjuster.phone)).toMatchObject({
      data: { responsible_staff: { id: adjuster.responsibleAttorneyId }, role: "responsible_attorney" },
      relation: adjuster.description,
    });
    expect(await answerTo(opposingCounsel.phone)).toMatchObject({
      ambiguous: true,
      relation: opposingCounsel.description,
      message: expect.stringMatching(/^Different people handle these matters\. Ask which matter/),
    });
    const { body } = await ask("/responsible-staff", { clio_contact_id: String(opposingCounsel.contactId) });
    expect(body.matters.map(({ relation }: { relation: string }) => relation)).toEqual([
      "Opposing counsel",
      "Opposing counsel",
    ]);
  });

  test("a client with a matter of her own isn't related to another, and that is never asked about", async () => {
    const { ask, sandbox } = await start();
    sandbox.counts.clear();
    const { body } = await ask("/responsible-staff", { clio_contact_id: String(clientAndWitness.contactId) });
    expect(body).toMatchObject({ found: true, relation: null });
    expect(body.matters.every(({ relation }: { relation: string | null }) => relation === null)).toBe(true);
    expect(sandbox.counts.get("/api/v4/relationships")).toBeUndefined();
  });
});

test("live, a related caller costs one request for relationships and one for their matters", async () => {
  const { ask, sandbox } = await connectedService();
  sandbox.counts.clear();
  await ask("/route-call", { caller_id: opposingCounsel.phone });
  expect(Object.fromEntries(sandbox.counts)).toEqual({
    "/api/v4/contacts": 1,
    "/api/v4/matters": 2,
    "/api/v4/relationships": 1,
  });
});

describe("the mirror", () => {
  test("answers related callers without asking Clio", async () => {
    const running = await mirroredService();
    running.sandbox.counts.clear();
    expect(await relationOf(running, spouse.phone)).toEqual(SPOUSE);
    expect([...running.sandbox.counts]).toEqual([]);
  });

  test("polls with one request more, and finds a new, a changed and a moved relationship", async () => {
    const running = await mirroredService();
    const { sandbox } = running;
    sandbox.changes().relationship(spouse.relationshipId, { description: "Widow" });
    sandbox.changes().relationship(adjuster.relationshipId, { contact_id: opposingCounsel.contactId });
    sandbox
      .changes()
      .addRelationship(relationship(960001, adjuster.matterId, cases.nobodyOnMatter.contactId));
    sandbox.counts.clear();
    await poll(running);
    expect(Object.fromEntries(sandbox.counts)).toEqual({
      "/api/v4/users": 1,
      "/api/v4/contacts": 1,
      "/api/v4/matters": 1,
      "/api/v4/relationships": 1,
    });
    expect(await relationOf(running, spouse.phone)).toEqual({ ...SPOUSE, relation: "Widow" });
    expect(await relationOf(running, adjuster.phone)).toEqual(NOT_RELATED);
  });

  test("finds a deleted relationship with the nightly full sync, and keeps the others", async () => {
    const firm = exampleFirm();
    // More than a page, so that the check takes several steps.
    for (let id = 1; id <= 450; id += 1)
      firm.relationships?.push(relationship(id, spouse.matterId, opposingCounsel.contactId, "Witness"));
    const running = await mirroredService({ sandbox: { firms: [firm] } });
    const { sandbox, clock, service } = running;
    expect(await relationOf(running, adjuster.phone)).toMatchObject({ relation: adjuster.description });
    sandbox.changes().removeRelationship(adjuster.relationshipId);
    const read = () => service.logLines.filter((line) => line.includes("mirror read again")).length;
    clock.now += 37 * 60 * 60_000;
    await until(() => expect(read()).toBe(1));
    expect(await relationOf(running, adjuster.phone)).toEqual(NOT_RELATED);
    expect(await relationOf(running, spouse.phone)).toEqual(SPOUSE);
  });

  test("asks Clio about the relationships of a contact that it doesn't have yet", async () => {
    const running = await mirroredService();
    const { sandbox } = running;
    const contact = { ...exampleFirm().contacts[0]!, id: 9_900_001, name: "Ida Nova", is_client: false };
    const phone_numbers = [{ ...contact.phone_numbers[0]!, id: 9_900_002, number: "(415) 555-0188" }];
    sandbox.changes().addContact({ ...contact, phone_numbers });
    sandbox.changes().addRelationship(relationship(960001, spouse.matterId, contact.id, "Sister"));
    expect(await relationOf(running, "+14155550188")).toEqual({ ...SPOUSE, relation: "Sister" });
  });
});

describe("RELATED_CALLERS=false", () => {
  const without: MirroredOptions = { env: { RELATED_CALLERS: "false" } };

  test("reads no relationships, and routes no one by them", async () => {
    const running = await mirroredService(without);
    expect(await relationOf(running, spouse.phone)).toEqual(NOT_RELATED);
    await poll(running);
    expect(running.sandbox.counts.get("/api/v4/relationships")).toBeUndefined();

    const live = await connectedService({ env: { RELATED_CALLERS: "false" } });
    expect(await relationOf(live, spouse.phone)).toEqual(NOT_RELATED);
    expect(live.sandbox.counts.get("/api/v4/relationships")).toBeUndefined();
  });

  test("keeps none that were read before, and setting it back reads them again", async () => {
    const running = await mirroredService();
    const { sandbox } = running;
    expect(await relationOf(running, spouse.phone)).toEqual(SPOUSE);
    sandbox.counts.clear();
    await running.restart({ RELATED_CALLERS: "false" });
    await complete(running.service);
    expect(await relationOf(running, spouse.phone)).toEqual(NOT_RELATED);
    expect(sandbox.counts.get("/api/v4/relationships")).toBeUndefined();
    await running.restart();
    await until(async () => {
      sandbox.counts.clear();
      expect(await relationOf(running, spouse.phone)).toEqual(SPOUSE);
      expect([...sandbox.counts]).toEqual([]);
    });
  });
});
