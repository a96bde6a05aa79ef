import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { connectedService } from "../../../testkit/service.ts";

describe("GET /responsible-staff", () => {
  test("returns a contact's matter and the person who takes the call", async () => {
    const { ask } = await connectedService();
    const answer = await ask("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      found: true,
      data: {
        id: cases.janeDoe.matterId,
        display_number: "00042-Doe",
        description: "Doe v. Acme",
        status: "Open",
        responsible_staff: {
          id: 350,
          name: "Felix Dubinsky",
          email: "felix.dubinsky@hollisvance.example",
          phone_number: "+16285550160",
          extension: null,
        },
        role: "responsible_staff",
      },
      transfer_to: "Felix Dubinsky",
      ambiguous: false,
      matters: [
        {
          display_number: "00042-Doe",
          description: "Doe v. Acme",
          status: "Open",
          responsible_staff: { name: "Felix Dubinsky" },
          relation: null,
        },
      ],
      relation: null,
      away: null,
      message: "Transfer to Felix Dubinsky when the caller asks for their attorney or case manager.",
    });
  });

  test.each<[string, number, object]>([
    [
      "several matters of different people: the best guess, marked as ambiguous",
      cases.severalMatters.contactId,
      { found: true, ambiguous: true, data: { id: cases.severalMatters.bestMatterId } },
    ],
    [
      "several matters of one attorney: not ambiguous",
      cases.severalMattersOneAttorney.contactId,
      { found: true, ambiguous: false, data: { role: "responsible_attorney" } },
    ],
    [
      "only closed matters: the one closed most recently",
      cases.closedOnly.contactId,
      { found: true, ambiguous: false, data: { id: cases.closedOnly.lastMatterId, status: "Closed" } },
    ],
    [
      "no responsible staff: the responsible attorney",
      cases.attorneyOnly.contactId,
      {
        found: true,
        data: {
          role: "responsible_attorney",
          responsible_staff: { id: cases.attorneyOnly.responsibleAttorneyId },
        },
      },
    ],
    [
      "disabled responsible staff: the responsible attorney",
      cases.disabledStaff.contactId,
      {
        data: {
          role: "responsible_attorney",
          responsible_staff: { id: cases.disabledStaff.responsibleAttorneyId },
        },
      },
    ],
    [
      "a person without a phone number",
      cases.staffWithoutPhone.contactId,
      { found: true, data: { responsible_staff: { phone_number: null, extension: null } } },
    ],
    [
      "a person with an extension",
      cases.staffWithExtension.contactId,
      {
        data: {
          responsible_staff: {
            phone_number: cases.staffWithExtension.staffPhone,
            extension: cases.staffWithExtension.staffExtension,
          },
        },
      },
    ],
    [
      "a matter without staff",
      cases.nobodyOnMatter.contactId,
      {
        found: false,
        data: null,
        transfer_to: null,
        ambiguous: false,
        matters: [{ responsible_staff: null }],
      },
    ],
    [
      "a contact that doesn't exist in Clio",
      1,
      { found: false, data: null, transfer_to: null, ambiguous: false, matters: [] },
    ],
  ])("%s", async (_, contactId, expected) => {
    const { ask } = await connectedService();
    const { status, body } = await ask("/responsible-staff", { clio_contact_id: String(contactId) });
    expect(status).toBe(200);
    expect(body).toMatchObject(expected);
    expect(Object.keys(body)).toEqual([
      "found",
      "data",
      "transfer_to",
      "ambiguous",
      "matters",
      "relation",
      "away",
      "message",
    ]);
  });

  test("lists open and pending matters, or closed ones if there are no others", async () => {
    const { ask } = await connectedService();
    const statuses = async (contactId: number) => {
      const { body } = await ask("/responsible-staff", { clio_contact_id: String(contactId) });
      return body.matters.map(({ status }: { status: string }) => status);
    };
    expect(await statuses(cases.severalMatters.contactId)).toEqual(["Open", "Open", "Pending"]);
    expect(await statuses(cases.closedOnly.contactId)).toEqual(["Closed", "Closed"]);
  });

  test("finds the matter the caller asks for, by number or words, and ignores one that fits nothing", async () => {
    const { ask } = await connectedService();
    const askAbout = async (matter: string) =>
      (await ask("/responsible-staff", { clio_contact_id: String(cases.severalMatters.contactId), matter }))
        .body;
    for (const matter of ["00055-Lang", "55", "matter number 55", "my lease renewal"]) {
      expect(await askAbout(matter)).toMatchObject({
        data: { display_number: "00055-Lang" },
        ambiguous: false,
        transfer_to: "Felix Dubinsky",
      });
    }
    const unknown = await askAbout("the boundary dispute in Fresno");
    expect(unknown).toMatchObject({ data: { id: cases.severalMatters.bestMatterId }, ambiguous: true });
    expect(unknown.message).toContain("ignored");
    expect(await askAbout("  ")).toMatchObject({ ambiguous: true });
  });

  test("takes the person from STAFF_ROLES", async () => {
    const { ask } = await connectedService({ env: { STAFF_ROLES: "originating_attorney" } });
    const { body } = await ask("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) });
    expect(body.data).toMatchObject({ role: "originating_attorney", responsible_staff: { id: 352 } });
  });

  test("accepts an ID with spaces or quotes around it, and nothing else", async () => {
    const { ask, sandbox } = await connectedService();
    for (const id of ['"2512428500"', " 2512428500 ", "'2512428500'"]) {
      expect((await ask("/responsible-staff", { clio_contact_id: id })).body.found).toBe(true);
    }
    sandbox.counts.clear();
    for (const id of [
      "",
      "abc",
      "25 12",
      "-1",
      "0",
      "1.5",
      "2512428500; drop table",
      "9".repeat(17),
      "１２３",
    ]) {
      const answer = await ask("/responsible-staff", { clio_contact_id: id });
      expect(answer.status).toBe(400);
      expect(answer.body.detail).toContain("clio_contact_id");
    }
    expect((await ask("/responsible-staff")).body.detail).toContain("clio_contact_id is required");
    expect(sandbox.counts.size).toBe(0);
  });
});
