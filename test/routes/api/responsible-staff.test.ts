import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { connectedService } from "../../../testkit/service.ts";

describe("GET /responsible-staff", () => {
  test("the contract's example", async () => {
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
        },
      ],
      message: "Transfer to Felix Dubinsky when the caller asks for their attorney or case manager.",
    });
  });

  test.each<[string, number, object]>([
    [
      "several matters, several people: the best guess, and a question",
      cases.severalMatters.contactId,
      { found: true, ambiguous: true, data: { id: cases.severalMatters.bestMatterId } },
    ],
    [
      "several matters under one attorney are no ambiguity",
      cases.severalMattersOneAttorney.contactId,
      { found: true, ambiguous: false, data: { role: "responsible_attorney" } },
    ],
    [
      "only closed matters: the one closed last",
      cases.closedOnly.contactId,
      { found: true, ambiguous: false, data: { id: cases.closedOnly.lastMatterId, status: "Closed" } },
    ],
    [
      "no responsible staff: the attorney",
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
      "a disabled user is passed over",
      cases.disabledStaff.contactId,
      {
        data: {
          role: "responsible_attorney",
          responsible_staff: { id: cases.disabledStaff.responsibleAttorneyId },
        },
      },
    ],
    [
      "a person without a phone",
      cases.staffWithoutPhone.contactId,
      { found: true, data: { responsible_staff: { phone_number: null, extension: null } } },
    ],
    [
      "an extension stands apart",
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
      "nobody on the matter",
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
      "a contact that Clio does not have",
      1,
      { found: false, data: null, transfer_to: null, ambiguous: false, matters: [] },
    ],
  ])("%s", async (_, contactId, expected) => {
    const { ask } = await connectedService();
    const { status, body } = await ask("/responsible-staff", { clio_contact_id: String(contactId) });
    expect(status).toBe(200);
    expect(body).toMatchObject(expected);
    expect(Object.keys(body)).toEqual(["found", "data", "transfer_to", "ambiguous", "matters", "message"]);
  });

  test("only live matters are listed while there is one, closed ones otherwise", async () => {
    const { ask } = await connectedService();
    const statuses = async (contactId: number) => {
      const { body } = await ask("/responsible-staff", { clio_contact_id: String(contactId) });
      return body.matters.map(({ status }: { status: string }) => status);
    };
    expect(await statuses(cases.severalMatters.contactId)).toEqual(["Open", "Open", "Pending"]);
    expect(await statuses(cases.closedOnly.contactId)).toEqual(["Closed", "Closed"]);
  });

  test("the matter that the caller asks for, by number or by words; one that fits nothing is left aside", async () => {
    const { ask } = await connectedService();
    const asking = async (matter: string) =>
      (await ask("/responsible-staff", { clio_contact_id: String(cases.severalMatters.contactId), matter }))
        .body;
    for (const matter of ["00055-Lang", "55", "matter number 55", "my lease renewal"]) {
      expect(await asking(matter)).toMatchObject({
        data: { display_number: "00055-Lang" },
        ambiguous: false,
        transfer_to: "Felix Dubinsky",
      });
    }
    const left = await asking("the boundary dispute in Fresno");
    expect(left).toMatchObject({ data: { id: cases.severalMatters.bestMatterId }, ambiguous: true });
    expect(left.message).toContain("left aside");
    expect(await asking("  ")).toMatchObject({ ambiguous: true });
  });

  test("STAFF_ROLES decides who answers", async () => {
    const { ask } = await connectedService({ env: { STAFF_ROLES: "originating_attorney" } });
    const { body } = await ask("/responsible-staff", { clio_contact_id: String(cases.janeDoe.contactId) });
    expect(body.data).toMatchObject({ role: "originating_attorney", responsible_staff: { id: 352 } });
  });

  test("the id may come with spaces and quotes around it", async () => {
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
    expect((await ask("/responsible-staff")).body.detail).toContain(
      "clio_contact_id: this parameter is required",
    );
    expect(sandbox.counts.size).toBe(0);
  });
});
