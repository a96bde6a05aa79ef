import { describe, expect, test } from "vitest";
import { exampleCases as cases, exampleFirm } from "../../../sandbox/firms/example-firm.ts";
import { type Firm, matter, person, user } from "../../../sandbox/firms/firm.ts";
import { connectedService } from "../../../testkit/service.ts";

const NOBODY = { contact: null, matter: null, responsible_staff: null, role: null };

describe("GET /route-call", () => {
  test("returns the caller, the matter and the person, with two requests to Clio", async () => {
    const { ask, sandbox } = await connectedService();
    sandbox.counts.clear();
    const answer = await ask("/route-call", { caller_id: cases.janeDoe.phone });
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toEqual({
      found: true,
      data: {
        contact: { id: cases.janeDoe.contactId, name: "Jane Doe", first_name: "Jane" },
        matter: { id: cases.janeDoe.matterId, display_number: "00042-Doe" },
        responsible_staff: { id: 350, name: "Felix Dubinsky", phone_number: "+16285550160", extension: null },
        role: "responsible_staff",
      },
      matched_on: "phone",
      candidate_count: 1,
      transfer_to: "Felix Dubinsky",
      ambiguous: false,
      relation: null,
      away: null,
      message: "If the caller asks for their attorney or case manager, transfer to Felix Dubinsky.",
    });
    expect([...sandbox.counts]).toEqual([
      ["/api/v4/contacts", 1],
      ["/api/v4/matters", 1],
    ]);
  });

  test("routes a couple who share a number and an attorney, without naming either of them", async () => {
    const { ask, sandbox } = await connectedService();
    const { body, text } = await ask("/route-call", { caller_id: cases.couple.phone });
    expect(body).toMatchObject({
      found: true,
      data: { contact: null, matter: null, responsible_staff: { id: cases.couple.responsibleAttorneyId } },
      matched_on: "phone",
      candidate_count: 2,
      ambiguous: false,
    });
    const couple: readonly number[] = cases.couple.contactIds;
    for (const { id, name, last_name } of sandbox.firms[0]?.contacts ?? []) {
      if (!couple.includes(id)) continue;
      expect(text).not.toContain(name);
      expect(text).not.toContain(last_name);
      expect(text).not.toContain(String(id));
    }
  });

  test("asks for a name if two people with different attorneys share a number", async () => {
    const { ask, sandbox } = await connectedService();
    const { body } = await ask("/route-call", { caller_id: cases.household.phone });
    expect(body).toMatchObject({ found: false, data: NOBODY, transfer_to: null, candidate_count: 2 });
    expect(body.message).toContain("full name");
    for (const [at, id] of cases.household.contactIds.entries()) {
      const name = sandbox.firms[0]?.contacts.find((contact) => contact.id === id)?.name ?? "";
      const settled = await ask("/route-call", { caller_id: cases.household.phone, name });
      expect(settled.body).toMatchObject({
        found: true,
        matched_on: "phone+name",
        data: { contact: { id }, responsible_staff: { id: cases.household.responsibleAttorneyIds[at] } },
      });
    }
  });

  test("matches a company's main number to the company", async () => {
    const { ask } = await connectedService();
    const { body } = await ask("/route-call", { caller_id: cases.company.phone });
    expect(body).toMatchObject({
      found: true,
      data: {
        contact: { id: cases.company.companyId },
        responsible_staff: { id: cases.company.responsibleStaffId },
      },
      matched_on: "phone",
    });
  });

  test("identifies the same caller as /lookup-contact", async () => {
    const { ask } = await connectedService();
    const phones = Object.values(cases).flatMap((one) => ("phone" in one ? [one.phone] : []));
    for (const phone of phones) {
      const route = (await ask("/route-call", { caller_id: phone })).body;
      const lookup = (await ask("/lookup-contact", { phone })).body;
      expect(lookup.data?.id ?? null).toBe(route.data.contact?.id ?? null);
    }
  });

  test("handles several matters, a matter asked for, closed matters, and a matter without staff", async () => {
    const { ask } = await connectedService();
    const { phone } = cases.severalMatters;
    const several = (await ask("/route-call", { caller_id: phone })).body;
    expect(several).toMatchObject({
      found: true,
      ambiguous: true,
      data: { matter: { id: cases.severalMatters.bestMatterId } },
    });
    expect(several.message).toContain("which matter");
    const asked = (await ask("/route-call", { caller_id: phone, matter: "55" })).body;
    expect(asked).toMatchObject({ ambiguous: false, transfer_to: "Felix Dubinsky" });
    const closed = (await ask("/route-call", { caller_id: cases.closedOnly.phone })).body;
    expect(closed).toMatchObject({ found: true, data: { matter: { id: cases.closedOnly.lastMatterId } } });
    const nobody = (await ask("/route-call", { caller_id: cases.nobodyOnMatter.phone })).body;
    expect(nobody).toMatchObject({
      found: false,
      data: { ...NOBODY, contact: { id: cases.nobodyOnMatter.contactId } },
      matched_on: "phone",
      transfer_to: null,
    });
    expect(nobody.message).toMatch(/take a message/i);
  });

  test("never uses four digits to choose between contacts, or against a different name", async () => {
    const { ask } = await connectedService();
    const several = (await ask("/route-call", { caller_id: cases.sameLastFour.lastFour })).body;
    expect(several).toMatchObject({ found: false, data: NOBODY, candidate_count: 2 });
    const other = (await ask("/route-call", { caller_id: "0171", name: "Rupert Hull" })).body;
    expect(other).toMatchObject({ found: false, data: NOBODY, candidate_count: 0 });
  });

  test("takes a message for an unknown or withheld number, and asks for the full name with ROUTE_BY_NAME", async () => {
    const plain = await connectedService();
    const byName = await connectedService({ env: { ROUTE_BY_NAME: "true" } });
    for (const caller_id of [cases.stranger.phone, "anonymous", "", "+266696687"]) {
      const asked = (await plain.ask("/route-call", { caller_id, name: "Walter Nash" })).body;
      expect(asked).toMatchObject({ found: false, data: NOBODY, matched_on: null, candidate_count: 0 });
      const first = (await byName.ask("/route-call", { caller_id })).body;
      expect(first.message).toContain("full name");
      const named = (await byName.ask("/route-call", { caller_id, name: "Walter Nash" })).body;
      expect(named).toMatchObject({
        found: true,
        matched_on: "name",
        data: { contact: { id: cases.noNumber.contactId } },
      });
    }
    for (const name of ["Walter", "Nash", "Walter Nush", "Maria Garcia", "Nobody Atall"]) {
      const { body } = await byName.ask("/route-call", { caller_id: "anonymous", name });
      expect(body, name).toMatchObject({ found: false, data: NOBODY, candidate_count: 0 });
      expect(body.message).toMatch(/take a message/i);
    }
  });

  test("requires caller_id to be one number", async () => {
    const { ask } = await connectedService();
    for (const query of [
      {},
      { phone: cases.janeDoe.phone },
      { caller_id: "171" },
      { caller_id: "Jane" },
    ] as Record<string, string>[]) {
      const answer = await ask("/route-call", query);
      expect(answer.status).toBe(400);
      expect(answer.body.detail).toContain("caller_id");
    }
  });

  test("with GREET_BY_NAME, greets a caller only if exactly one contact matched", async () => {
    const { ask } = await connectedService({ env: { GREET_BY_NAME: "true" } });
    expect((await ask("/route-call", { caller_id: cases.janeDoe.phone })).body.message).toContain("Jane");
    expect((await ask("/route-call", { caller_id: cases.couple.phone })).body.message).not.toMatch(/greet/i);
  });
});

describe("several contacts with one number", () => {
  const NUMBER = "(415) 555-0188";
  const staff = [user(1, "Ada Arden"), user(2, "Ben Birch"), user(3, "Cy Cole")];

  /** Contacts who share one number, each with a matter of a different person. */
  function household(size: number, more: (index: number) => Parameters<typeof person>[2] = () => ({})): Firm {
    const contacts = Array.from({ length: size }, (_, i) =>
      person(100 + i, `Person${i} Shared${i}`, { phones: [NUMBER], ...more(i) }),
    );
    return {
      ...exampleFirm(),
      account: { id: 5, name: "Shared LLP" },
      users: staff,
      contacts,
      matters: contacts.map((contact, i) =>
        matter(500 + i, i + 1, contact, `Matter ${i}`, { responsible_staff_id: staff[i % 3]?.id ?? null }),
      ),
    };
  }

  test("requests their matters in parallel", async () => {
    const { ask, sandbox } = await connectedService({ sandbox: { firms: [household(6)] } });
    sandbox.fault({ path: "/api/v4/matters", kind: "hang", times: 6 });
    const answer = ask("/route-call", { caller_id: NUMBER }).then((response) => response);
    // All six requests arrive although none has been answered.
    await expect.poll(() => sandbox.counts.get("/api/v4/matters")).toBe(6);
    expect((await answer).body.code).toBe("clio_timeout");
  });

  test("prefers a client to other contacts, and a contact with open matters to one without", async () => {
    const firm = household(2, (i) => ({ more: { is_client: i === 1 } }));
    const clients = await connectedService({ sandbox: { firms: [firm] } });
    expect((await clients.ask("/route-call", { caller_id: NUMBER })).body.data.contact.id).toBe(101);

    const closed = household(2);
    for (const { client_id, ...rest } of closed.matters)
      if (client_id === 100) Object.assign(closed.matters[0] ?? {}, rest, { status: "Closed" });
    const live = await connectedService({ sandbox: { firms: [closed] } });
    expect((await live.ask("/route-call", { caller_id: NUMBER })).body.data.contact.id).toBe(101);
  });

  test("doesn't request matters if more than ten contacts share the number", async () => {
    const { ask, sandbox } = await connectedService({ sandbox: { firms: [household(11)] } });
    sandbox.counts.clear();
    const { body } = await ask("/route-call", { caller_id: NUMBER });
    expect(body).toMatchObject({ found: false, candidate_count: 11 });
    expect(sandbox.counts.get("/api/v4/matters")).toBeUndefined();
  });
});
