import { describe, expect, test } from "vitest";
import { exampleCases, exampleFirm } from "../../sandbox/firms/example-firm.ts";

const firm = exampleFirm();
const digits = (text: string) => text.replace(/\D/g, "");
const contact = (id: number) => firm.contacts.find((each) => each.id === id)!;
const userOf = (id: number) => firm.users.find((each) => each.id === id)!;
const mattersOf = (id: number) => firm.matters.filter((each) => each.client_id === id);

test("is the same at every call, as a new copy", () => {
  const other = exampleFirm();
  expect(other).toEqual(firm);
  other.contacts[0]!.name = "Someone Else";
  expect(exampleFirm()).toEqual(firm);
});

test("has 17 users, 70 contacts and unique IDs", () => {
  expect(firm.users).toHaveLength(17);
  expect(firm.contacts).toHaveLength(70);
  for (const records of [firm.users, firm.contacts, firm.matters]) {
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  }
  expect(new Set(firm.matters.map(({ display_number }) => display_number)).size).toBe(firm.matters.length);
});

test("refers only to existing records", () => {
  for (const each of firm.matters) {
    expect(contact(each.client_id), each.display_number).toBeDefined();
    for (const id of [
      each.responsible_staff_id,
      each.responsible_attorney_id,
      each.originating_attorney_id,
    ]) {
      if (id !== null) expect(userOf(id), each.display_number).toBeDefined();
    }
  }
});

test("has only phone numbers from ranges reserved for fiction", () => {
  const typed = [
    ...firm.contacts.flatMap(({ phone_numbers }) => phone_numbers.map(({ number }) => number)),
    ...firm.users.flatMap(({ phone_number }) => phone_number ?? []),
  ];
  expect(typed.length).toBeGreaterThan(60);
  for (const number of typed) {
    expect(digits(number), number).toMatch(
      /^((1?\d{3})?55501\d\d(204|12|5)?|(44|0)2079460\d{3}|07700900\d{3})$/,
    );
  }
});

test("contacts share last four digits only in the cases about that", () => {
  const { sameLastFour, couple, household, company } = exampleCases;
  const expectedCounts = new Map<string, number>([
    [sameLastFour.lastFour, 2],
    [couple.lastFour, 2],
    [household.lastFour, 2],
    [company.lastFour, 2],
  ]);
  const contactsOf = new Map<string, number>();
  for (const { number } of firm.contacts.flatMap((each) => each.phone_numbers)) {
    const [, ...found] = /555(01\d\d)|7946(\d{4})|0770090(\d{4})/.exec(digits(number))!;
    const lastFour = found.find(Boolean)!;
    contactsOf.set(lastFour, (contactsOf.get(lastFour) ?? 0) + 1);
  }
  for (const [lastFour, count] of contactsOf)
    expect([lastFour, count]).toEqual([lastFour, expectedCounts.get(lastFour) ?? 1]);
});

describe("the test cases", () => {
  const withLastFour = Object.entries(exampleCases).flatMap(([name, each]) =>
    "contactId" in each && "phone" in each ? [{ case: name, ...each }] : [],
  );

  test.each(withLastFour)("$case has the given number", ({ contactId, phone, ...more }) => {
    const typed = contact(contactId).phone_numbers[0]!.number;
    if ("typed" in more) expect(typed).toBe(more.typed);
    // Every typed number contains the national number.
    expect(digits(typed)).toContain(phone.replace(/^\+(1|44)/, ""));
    expect(phone.slice(-4)).toBe(more.lastFour);
  });

  test.each(
    Object.entries(exampleCases).flatMap(([name, each]) =>
      "contactId" in each && "responsibleStaffId" in each && !("relationshipId" in each)
        ? [{ case: name, ...each }]
        : [],
    ),
  )("$case has the given responsible staff", ({ contactId, responsibleStaffId }) => {
    expect(mattersOf(contactId).at(-1)!.responsible_staff_id).toBe(responsibleStaffId);
  });

  test("related callers have no matter of their own", () => {
    const { spouse, adjuster, opposingCounsel } = exampleCases;
    for (const { contactId } of [spouse, adjuster, opposingCounsel]) {
      expect(mattersOf(contactId)).toEqual([]);
      expect(contact(contactId).is_client).toBe(false);
    }
    for (const { contact_id, matter_id } of firm.relationships!) {
      expect(contact(contact_id)).toBeDefined();
      expect(firm.matters.find(({ id }) => id === matter_id)?.client_id).not.toBe(contact_id);
    }
  });

  test("Jane Doe", () => {
    const { janeDoe } = exampleCases;
    expect(contact(janeDoe.contactId).name).toBe("Jane Doe");
    expect(mattersOf(janeDoe.contactId)).toMatchObject([
      { id: janeDoe.matterId, display_number: "00042-Doe", description: "Doe v. Acme", status: "Open" },
    ]);
    expect(userOf(janeDoe.responsibleStaffId).name).toBe("Felix Dubinsky");
  });

  test("contacts with shared numbers", () => {
    const { couple, household, company, sameLastFour } = exampleCases;
    const last10 = (id: number) => digits(contact(id).phone_numbers[0]!.number).slice(-10);
    for (const shared of [couple, household]) {
      expect(shared.contactIds.map(last10)).toEqual(shared.contactIds.map(() => shared.phone.slice(2)));
    }
    expect([company.companyId, company.employeeId].map(last10)).toEqual(
      Array(2).fill(company.phone.slice(2)),
    );
    expect(contact(company.employeeId).company_id).toBe(company.companyId);
    expect(mattersOf(company.employeeId)).toEqual([]);
    expect(sameLastFour.contactIds.map(last10)).toEqual(sameLastFour.phones.map((phone) => phone.slice(2)));
    const attorneys = (ids: readonly number[]) => ids.map((id) => mattersOf(id)[0]!.responsible_attorney_id);
    expect(attorneys(couple.contactIds)).toEqual([
      couple.responsibleAttorneyId,
      couple.responsibleAttorneyId,
    ]);
    expect(attorneys(household.contactIds)).toEqual(household.responsibleAttorneyIds);
  });

  test("users on the matter", () => {
    const { attorneyOnly, nobodyOnMatter, disabledStaff, staffWithoutPhone, staffWithExtension } =
      exampleCases;
    expect(mattersOf(attorneyOnly.contactId)).toMatchObject([
      { responsible_staff_id: null, responsible_attorney_id: attorneyOnly.responsibleAttorneyId },
    ]);
    expect(mattersOf(nobodyOnMatter.contactId)).toMatchObject([
      { responsible_staff_id: null, responsible_attorney_id: null, originating_attorney_id: null },
    ]);
    expect(userOf(disabledStaff.responsibleStaffId).enabled).toBe(false);
    expect(userOf(disabledStaff.responsibleAttorneyId).enabled).toBe(true);
    expect(userOf(staffWithoutPhone.responsibleStaffId).phone_number).toBeNull();
    expect(userOf(staffWithExtension.responsibleAttorneyId).phone_number).toBe(staffWithExtension.staffTyped);
  });

  test("clients with several or closed matters", () => {
    const { severalMatters, severalMattersOneAttorney, closedOnly } = exampleCases;
    const several = mattersOf(severalMatters.contactId);
    expect(several.map(({ id }) => id)).toEqual(severalMatters.matterIds);
    expect(several.map((each) => each.responsible_staff_id)).toEqual(severalMatters.responsibleStaffIds);
    expect(several.map(({ status }) => status)).toEqual(["Open", "Open", "Pending", "Closed"]);
    const attorneys = mattersOf(severalMattersOneAttorney.contactId).map(
      (each) => each.responsible_attorney_id,
    );
    expect(attorneys).toEqual([355, 355]);
    expect(mattersOf(closedOnly.contactId).map(({ status }) => status)).toEqual(["Closed", "Closed"]);
  });

  test("names and numbers", () => {
    const { sameName, sevenDigits, noNumber, accents, stranger } = exampleCases;
    expect(sameName.contactIds.map((id) => contact(id).name)).toEqual([sameName.name, sameName.name]);
    expect(contact(sevenDigits.contactId).phone_numbers[0]!.number).toBe("555-0142");
    expect(contact(noNumber.contactId)).toMatchObject({ name: noNumber.name, phone_numbers: [] });
    expect(contact(accents.contactId).name).toBe("Zoë Müller-Núñez");
    expect(JSON.stringify([firm.contacts, firm.matters])).not.toContain(stranger.lastFour);
  });
});
