import { describe, expect, test } from "vitest";
import { generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { readClioPhoneField } from "../../src/calls/matching/phone-number.ts";
import { sandboxForTest } from "../../testkit/service.ts";

const { firm, lines } = generatedFirm({ contacts: 5_000, seed: 1 });
const everyLine = [...lines].flatMap(([contactId, theirs]) => theirs.map((line) => ({ contactId, ...line })));
const contactOf = new Map(firm.contacts.map((contact) => [contact.id, contact]));
const share = <T>(items: readonly T[], holds: (item: T) => boolean) =>
  items.filter(holds).length / items.length;

test("is the same for the same seed and different for another", () => {
  expect(generatedFirm({ contacts: 300, seed: 7 }).firm).toEqual(
    generatedFirm({ contacts: 300, seed: 7 }).firm,
  );
  const names = (seed: number) =>
    generatedFirm({ contacts: 300, seed }).firm.contacts.map(({ name }) => name);
  expect(names(7)).not.toEqual(names(8));
});

test.each([1, 2, 500, 5_001])("has %d contacts on request, with unique IDs", (contacts) => {
  const { firm, lines } = generatedFirm({ contacts, seed: 3 });
  expect(firm.contacts).toHaveLength(contacts);
  expect([...lines.keys()]).toEqual(firm.contacts.map(({ id }) => id));
  for (const records of [firm.users, firm.contacts, firm.matters])
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
});

test("has no more than the requested matters, picked evenly from the same ones", () => {
  const all = firm.matters;
  const { firm: thinned } = generatedFirm({ contacts: 5_000, seed: 1, matters: 3_000 });
  expect(thinned.matters).toHaveLength(3_000);
  expect(thinned.contacts).toEqual(firm.contacts);
  const kept = new Set(thinned.matters.map(({ id }) => id));
  expect(all.filter(({ id }) => kept.has(id))).toEqual(thinned.matters);
  const inFirstHalf = all.slice(0, all.length / 2).filter(({ id }) => kept.has(id));
  expect(Math.abs(inFirstHalf.length - 1_500)).toBeLessThan(2);
  expect(generatedFirm({ contacts: 5_000, seed: 1, matters: 9_000 }).firm.matters).toEqual(all);
  expect(generatedFirm({ contacts: 5_000, seed: 1, matters: 0 }).firm.matters).toEqual([]);
});

test("relates some contacts to matters of others on request, and changes nothing else", () => {
  const { firm: related } = generatedFirm({ contacts: 5_000, seed: 1, relatedShare: 0.05 });
  expect({ ...related, relationships: [] }).toEqual(firm);
  const relationships = related.relationships ?? [];
  expect(new Set(relationships.map(({ contact_id }) => contact_id)).size).toBe(250);
  expect(new Set(relationships.map(({ id }) => id)).size).toBe(relationships.length);
  const matters = new Set(firm.matters.map(({ id }) => id));
  for (const { contact_id, matter_id } of relationships) {
    expect(contactOf.get(contact_id)?.is_client).toBe(false);
    expect(matters).toContain(matter_id);
  }
  expect(share(relationships, ({ description }) => description === null)).toBeGreaterThan(0.15);
  expect(
    generatedFirm({ contacts: 5_000, seed: 1, relatedShare: 0.05, matters: 0 }).firm.relationships,
  ).toEqual([]);
});

test("refers only to existing records", () => {
  const users = new Set(firm.users.map(({ id }) => id));
  for (const each of firm.matters) {
    expect(contactOf.get(each.client_id)?.is_client).toBe(true);
    for (const id of [each.responsible_staff_id, each.responsible_attorney_id, each.originating_attorney_id])
      if (id !== null) expect(users).toContain(id);
  }
  for (const { company_id } of firm.contacts)
    if (company_id !== null) expect(contactOf.get(company_id)?.type).toBe("Company");
});

describe("numbers", () => {
  test("are stored as typed", () => {
    for (const { id, phone_numbers } of firm.contacts)
      expect(phone_numbers.map(({ number }) => number)).toEqual(lines.get(id)?.map(({ typed }) => typed));
  });

  test("have fictional area codes but are possible numbers", () => {
    for (const { e164, typed } of everyLine) {
      expect(e164).toMatch(/^\+1[2-9]9\d[2-9]\d{6}$/);
      const read = readClioPhoneField(typed, "US");
      expect(read, typed).toHaveLength(1);
      // Without an area code, the typed number is only the end of the actual one.
      const [number] = read;
      expect("e164" in number! ? number.e164 : `${e164.slice(0, 5)}${number!.ending}`, typed).toBe(e164);
    }
  });

  test("are typed in many styles", () => {
    const styles = new Set(everyLine.map(({ typed }) => typed.replace(/\d/g, "9").replace(/[a-z]+/gi, "a")));
    expect(styles.size).toBeGreaterThan(60);
    expect(share(everyLine, ({ e164, typed }) => !typed.includes(e164.slice(-4)))).toBeCloseTo(0.01, 2);
    expect(share(everyLine, ({ typed }) => /ext|x\d/i.test(typed))).toBeGreaterThan(0.05);
  });

  test("are shared only within a household or company", () => {
    const byNumber = Map.groupBy(everyLine, ({ e164 }) => e164);
    const shared = [...byNumber.values()].filter((theirs) => theirs.length > 1);
    expect(shared.length).toBeGreaterThan(500);
    for (const theirs of shared) {
      const ids = theirs.map(({ contactId }) => contactId);
      expect(new Set(ids).size).toBe(ids.length);
      // Their contacts were entered one after the other.
      expect(Math.max(...ids) - Math.min(...ids)).toBeLessThan(5);
      const companies = new Set(ids.map((id) => contactOf.get(id)?.company_id ?? null));
      companies.delete(null);
      expect(companies.size).toBeLessThanOrEqual(1);
    }
  });

  test("have evenly distributed last four digits, and an unused number belongs to no contact", () => {
    const lastFours = new Set(everyLine.map(({ e164 }) => e164.slice(-4)));
    expect(lastFours.size).toBeGreaterThan(4_000);
    const generated = generatedFirm({ contacts: 500, seed: 1 });
    const known = new Set([...generated.lines.values()].flat().map(({ e164 }) => e164));
    for (let count = 0; count < 1_000; count += 1) {
      const number = generated.unusedNumber();
      expect(known).not.toContain(number);
      known.add(number);
    }
  });
});

test("has the documented share of companies, namesakes, unassigned matters and decoys", () => {
  expect(share(firm.contacts, ({ type }) => type === "Company")).toBeCloseTo(0.2, 1);
  expect(share(firm.contacts, ({ is_client }) => !is_client)).toBeGreaterThan(0.2);
  const people = firm.contacts.filter(({ type }) => type === "Person");
  const names = Map.groupBy(people, ({ first_name, last_name }) => `${first_name} ${last_name}`);
  expect([...names.values()].filter((namesakes) => namesakes.length > 1).length).toBeGreaterThan(100);
  expect(share(firm.matters, ({ status }) => status === "Closed")).toBeCloseTo(0.32, 1);
  expect(
    share(
      firm.matters,
      (each) => each.responsible_staff_id === null && each.responsible_attorney_id === null,
    ),
  ).toBeCloseTo(0.07, 1);
  expect(share(firm.users, ({ enabled }) => enabled)).toBeLessThan(1);
  const clients = Map.groupBy(firm.matters, ({ client_id }) => client_id);
  expect([...clients.values()].filter((theirs) => theirs.length > 1).length).toBeGreaterThan(500);
  const digits = firm.contacts.filter((each) =>
    /\d{4}/.test(JSON.stringify([each.addresses, each.email_addresses])),
  );
  expect(digits.length).toBeGreaterThan(4_000);
});

test("works in the sandbox", async () => {
  const sandbox = await sandboxForTest({ firms: [firm] });
  const { access_token } = sandbox.issueToken(firm.users[0]!.id);
  const [first] = firm.contacts;
  const query = encodeURIComponent(first!.name);
  const answer = await fetch(`${sandbox.url}/api/v4/contacts.json?query=${query}&fields=id,name`, {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  const { data } = (await answer.json()) as { data: unknown[] };
  expect(data).toContainEqual({ id: first!.id, name: first!.name });
});
