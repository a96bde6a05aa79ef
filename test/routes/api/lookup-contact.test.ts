import { describe, expect, test } from "vitest";
import { exampleCases as cases } from "../../../sandbox/firms/example-firm.ts";
import { connectedService } from "../../../testkit/service.ts";

type Query = Record<string, string>;

describe("GET /lookup-contact", () => {
  test("returns the only contact with the number", async () => {
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

  test.each<[string, Query, number, string]>([
    [
      "a whole number with punctuation and spaces",
      { phone: "1 (415) 555-0171" },
      cases.janeDoe.contactId,
      "phone",
    ],
    ["a plus sign that wasn't encoded", { phone: " 14155550171" }, cases.janeDoe.contactId, "phone"],
    ["a whole number in last_4", { last_4: "+14155550171" }, cases.janeDoe.contactId, "phone"],
    [
      "last four, also found in an address, an email address and a matter",
      { last_4: "0171" },
      cases.janeDoe.contactId,
      "last_4",
    ],
    ["last four, separated by spaces", { last_4: "0 1 7 1" }, cases.janeDoe.contactId, "last_4"],
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
      "a whole number with a different name",
      { phone: cases.janeDoe.phone, name: "Rupert Hull" },
      cases.janeDoe.contactId,
      "phone",
    ],
    [
      "a number with an extension in Clio",
      { phone: cases.extension.phone },
      cases.extension.contactId,
      "phone",
    ],
    [
      "last four, before an extension in Clio",
      { last_4: cases.extension.lastFour },
      cases.extension.contactId,
      "last_4",
    ],
    ["a British number", { phone: "+44 20 7946 0958" }, cases.britishInternational.contactId, "phone"],
    [
      "a number without an area code in Clio",
      { phone: cases.sevenDigits.callers[0] },
      cases.sevenDigits.contactId,
      "last_4",
    ],
    [
      "a number with text around it in Clio",
      { phone: cases.strayText.phone },
      cases.strayText.contactId,
      "phone",
    ],
    ["last four that two contacts share, with an empty name", { last_4: "0119", name: "" }, 0, ""],
    ["a company's main number", { phone: cases.company.phone }, cases.company.companyId, "phone"],
  ])("looks up %s", async (_, query, contactId, matchedOn) => {
    const { ask } = await connectedService();
    const { body } = await ask("/lookup-contact", query);
    if (contactId === 0) expect(body).toMatchObject({ found: false, candidate_count: 2 });
    else expect(body).toMatchObject({ found: true, data: { id: contactId }, matched_on: matchedOn });
  });

  test("ignores a blank name and an unfilled placeholder", async () => {
    const { ask } = await connectedService();
    for (const name of ["", "  ", "{{name}}", " {{ name }} "]) {
      const { body } = await ask("/lookup-contact", { last_4: "0171", name });
      expect(body).toMatchObject({ found: true, matched_on: "last_4" });
    }
  });

  test("reveals nothing about several contacts with one number, and a name decides between them", async () => {
    const { ask, sandbox } = await connectedService();
    const contacts = new Map(sandbox.firms[0]?.contacts.map((contact) => [contact.id, contact]));
    for (const [query, ids] of [
      [{ phone: cases.couple.phone }, cases.couple.contactIds],
      [{ phone: cases.household.phone }, cases.household.contactIds],
      [{ last_4: cases.sameLastFour.lastFour }, cases.sameLastFour.contactIds],
    ] as const) {
      const { body, text } = await ask("/lookup-contact", query);
      expect(body).toMatchObject({ found: false, data: null, matched_on: null, candidate_count: 2 });
      expect(body.message).toContain("full name");
      for (const id of ids) {
        const { name, last_name } = contacts.get(id) ?? {};
        expect(text).not.toContain(String(id));
        expect(text).not.toContain(name);
        expect(text).not.toContain(last_name);
        const settled = await ask("/lookup-contact", { ...query, name: name ?? "" });
        expect(settled.body).toMatchObject({ found: true, data: { id } });
        expect(settled.body.matched_on).toBe("phone" in query ? "phone+name" : "last_4+name");
      }
    }
  });

  test("finds no one for an unknown number, a different name or a withheld number", async () => {
    const { ask, sandbox } = await connectedService();
    const notFound = { found: false, data: null, matched_on: null, candidate_count: 0 };
    const unmatched: Query[] = [
      { phone: cases.stranger.phone },
      { last_4: cases.stranger.lastFour },
      // Four digits don't count if the only contact with them clearly has another name.
      { last_4: "0171", name: "Rupert Hull" },
      // A whole number has to match completely: this one has another area code.
      { phone: "+12125550171" },
    ];
    for (const query of unmatched) {
      expect((await ask("/lookup-contact", query)).body).toMatchObject(notFound);
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
      expect(body).toMatchObject(notFound);
      expect(body.message).toContain("withheld");
    }
    expect(sandbox.counts.size).toBe(0);
  });

  test("doesn't find a contact that Clio hides from the lookup account", async () => {
    const { ask, sandbox } = await connectedService();
    sandbox.firms[0]?.users[0]?.hiddenContacts.add(cases.janeDoe.contactId);
    expect((await ask("/lookup-contact", { phone: cases.janeDoe.phone })).body.found).toBe(false);
  });

  test("puts the caller's first name into the message only with GREET_BY_NAME", async () => {
    const query = { phone: cases.janeDoe.phone };
    expect((await (await connectedService()).ask("/lookup-contact", query)).body.message).not.toContain(
      "Jane",
    );
    const greeting = await connectedService({ env: { GREET_BY_NAME: "true" } });
    expect((await greeting.ask("/lookup-contact", query)).body.message).toContain("Jane");
  });

  describe("invalid parameters", () => {
    test.each<[string, string, string]>([
      ["no number", "", "phone or last_4"],
      ["only a name", "?name=Jane", "phone or last_4"],
      ["three digits", "?last_4=171", "last_4"],
      ["no digits", "?phone=hello", "phone"],
      ["a repeated parameter", "?phone=1&phone=2", "phone must be sent only once"],
    ])("%s gets a 400 that names the parameter", async (_, query, named) => {
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
