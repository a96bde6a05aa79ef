import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { connectedService } from "../../../testkit/service.ts";

type Asked = Record<string, string>;

describe("GET /lookup-contact", () => {
  test("one contact has the number: the contract's example", async () => {
    const { ask } = await connectedService();
    const answer = await ask("/lookup-contact", { phone: cases.janeDoe.phone });
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toEqual({
      found: true,
      data: {
        id: cases.janeDoe.contactId,
        name: "Jane Doe",
        first_name: "Jane",
        last_name: "Doe",
        type: "Person",
      },
      matched_on: "phone",
      candidate_count: 1,
      message: "The caller is in Clio. Pass data.id as clio_contact_id to find the responsible staff.",
    });
  });

  test.each<[string, Asked, number, string]>([
    [
      "a whole number, however it is written",
      { phone: "1 (415) 555-0171" },
      cases.janeDoe.contactId,
      "phone",
    ],
    ["a plus that lost its encoding", { phone: " 14155550171" }, cases.janeDoe.contactId, "phone"],
    ["a whole number in last_4", { last_4: "+14155550171" }, cases.janeDoe.contactId, "phone"],
    [
      "last four, with decoys in an address, an e-mail and a matter",
      { last_4: "0171" },
      cases.janeDoe.contactId,
      "last_4",
    ],
    ["last four, spelled apart", { last_4: "0 1 7 1" }, cases.janeDoe.contactId, "last_4"],
    [
      "last four and the whole number",
      { last_4: "0171", phone: cases.janeDoe.phone },
      cases.janeDoe.contactId,
      "phone",
    ],
    [
      "last four and a withheld caller ID",
      { last_4: "0171", phone: "anonymous" },
      cases.janeDoe.contactId,
      "last_4",
    ],
    [
      "last four, confirmed by the name",
      { last_4: "0171", name: "Jane Doe" },
      cases.janeDoe.contactId,
      "last_4+name",
    ],
    [
      "a whole number stands whatever the name",
      { phone: cases.janeDoe.phone, name: "Rupert Hull" },
      cases.janeDoe.contactId,
      "phone",
    ],
    ["an extension in Clio", { phone: cases.extension.phone }, cases.extension.contactId, "phone"],
    [
      "an extension in Clio, last four",
      { last_4: cases.extension.lastFour },
      cases.extension.contactId,
      "last_4",
    ],
    ["a British number", { phone: "+44 20 7946 0958" }, cases.britishInternational.contactId, "phone"],
    [
      "a number in Clio that is too short to be whole",
      { phone: cases.sevenDigits.callers[0] },
      cases.sevenDigits.contactId,
      "last_4",
    ],
    ["words around the number in Clio", { phone: cases.strayText.phone }, cases.strayText.contactId, "phone"],
    ["two with the same last four, by name", { last_4: "0119", name: "" }, 0, ""],
    [
      "a company's main line is the company's",
      { phone: cases.company.phone },
      cases.company.companyId,
      "phone",
    ],
  ])("%s", async (_, asked, contactId, matchedOn) => {
    const { ask } = await connectedService();
    const { body } = await ask("/lookup-contact", asked);
    if (contactId === 0) expect(body).toMatchObject({ found: false, candidate_count: 2 });
    else expect(body).toMatchObject({ found: true, data: { id: contactId }, matched_on: matchedOn });
  });

  test("a name that is blank, or a placeholder that nobody filled in, is no name", async () => {
    const { ask } = await connectedService();
    for (const name of ["", "  ", "{{name}}", " {{ name }} "]) {
      const { body } = await ask("/lookup-contact", { last_4: "0171", name });
      expect(body).toMatchObject({ found: true, matched_on: "last_4" });
    }
  });

  test("several with the number: nothing of any of them is told, and a name settles it", async () => {
    const { ask, sandbox } = await connectedService();
    const contacts = new Map(sandbox.firms[0]?.contacts.map((contact) => [contact.id, contact]));
    for (const [asked, ids] of [
      [{ phone: cases.couple.phone }, cases.couple.contactIds],
      [{ phone: cases.household.phone }, cases.household.contactIds],
      [{ last_4: cases.sameLastFour.lastFour }, cases.sameLastFour.contactIds],
    ] as const) {
      const { body, text } = await ask("/lookup-contact", asked);
      expect(body).toMatchObject({ found: false, data: null, matched_on: null, candidate_count: 2 });
      expect(body.message).toContain("full name");
      for (const id of ids) {
        const { name, last_name } = contacts.get(id) ?? {};
        expect(text).not.toContain(String(id));
        expect(text).not.toContain(name);
        expect(text).not.toContain(last_name);
        const settled = await ask("/lookup-contact", { ...asked, name: name ?? "" });
        expect(settled.body).toMatchObject({ found: true, data: { id } });
        expect(settled.body.matched_on).toBe("phone" in asked ? "phone+name" : "last_4+name");
      }
    }
  });

  test("nobody, another's name and a withheld number are answers with the same keys", async () => {
    const { ask, sandbox } = await connectedService();
    const nobody = { found: false, data: null, matched_on: null, candidate_count: 0 };
    const strangers: Asked[] = [
      { phone: cases.stranger.phone },
      { last_4: cases.stranger.lastFour },
      // Four digits whose only contact clearly has another name do not stand.
      { last_4: "0171", name: "Rupert Hull" },
      // The whole number, or nobody: the area code is another one.
      { phone: "+12125550171" },
    ];
    for (const asked of strangers) {
      expect((await ask("/lookup-contact", asked)).body).toMatchObject(nobody);
    }
    sandbox.counts.clear();
    for (const phone of [
      "",
      "Anonymous",
      "Restricted",
      "PRIVATE",
      "unknown caller",
      "unavailable",
      "blocked",
      "+266696687",
    ]) {
      const { body } = await ask("/lookup-contact", { phone });
      expect(body).toMatchObject(nobody);
      expect(body.message).toContain("withheld");
    }
    expect(sandbox.counts.size).toBe(0);
  });

  test("a contact that the connected user may not see is not found", async () => {
    const { ask, sandbox } = await connectedService();
    sandbox.firms[0]?.users[0]?.hiddenContacts.add(cases.janeDoe.contactId);
    expect((await ask("/lookup-contact", { phone: cases.janeDoe.phone })).body.found).toBe(false);
  });

  test("the caller's first name is in the message with GREET_BY_NAME alone", async () => {
    const asked = { phone: cases.janeDoe.phone };
    expect((await (await connectedService()).ask("/lookup-contact", asked)).body.message).not.toContain(
      "Jane",
    );
    const greeting = await connectedService({ env: { GREET_BY_NAME: "true" } });
    expect((await greeting.ask("/lookup-contact", asked)).body.message).toContain("Jane");
  });

  describe("what cannot be read", () => {
    test.each<[string, string, string]>([
      ["no number at all", "", "phone or last_4"],
      ["a name alone", "?name=Jane", "phone or last_4"],
      ["three digits", "?last_4=171", "last_4"],
      ["no digits", "?phone=hello", "phone"],
      ["twice the same parameter", "?phone=1&phone=2", "phone: give it once"],
    ])("%s is a 400 that names the parameter", async (_, query, named) => {
      const { ask } = await connectedService();
      const answer = await ask(`/lookup-contact${query}`);
      expect(answer.status).toBe(400);
      expect(answer.type).toBe("application/problem+json");
      expect(answer.body).toMatchObject({ status: 400, code: "invalid_request" });
      expect(answer.body.detail).toContain(named);
      expect(Object.keys(answer.body)).toEqual([
        "type",
        "title",
        "status",
        "detail",
        "code",
        "request_id",
        "message",
      ]);
    });
  });
});
