import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import { readPhoneNumber } from "../../../src/calls/matching/phone-number.ts";
import { type WhoIsCalling, whoIsCalling, whoIsNamed } from "../../../src/calls/matching/who-is-calling.ts";
import { typedNumber } from "../arbitrary-numbers.ts";
import { company, person } from "../people.ts";

const jane = person(1, "Jane Doe", "(415) 555-0171");
const john = person(2, "John Doe", "415.555.0171", "212 555 0110");
const rosa = person(3, "Rosa Vega", "+1 212 555 0171 x204");
const hugh = person(4, "Hugh Brandt", "555-0160");
const nora = person(5, "Nora Leigh", "ends in 0199");
const gail = person(8, "Gail Lunt", "415 555 0160");
const acme = company(6, "Acme Industries LLC", "305 555 0140");
const hidden: Contact = { ...person(7, "x", "415 555 0171"), name: null, firstName: null, lastName: null };

function who(typed: string, name: string | null, contacts: readonly Contact[]): WhoIsCalling {
  const number = readPhoneNumber(typed, "US");
  if (number.kind === "unreadable") throw new Error(`${typed} is unreadable`);
  return whoIsCalling({ number, name, contacts, defaultCountry: "US" });
}

/** In one line: who was matched on what, and how many contacts have the number. */
function summarize(result: WhoIsCalling): string {
  if (result.outcome === "one")
    return `${result.contact.id} on ${result.matchedOn} of ${result.candidateCount}`;
  if (result.outcome !== "several") return `${result.outcome} of ${result.candidateCount}`;
  const ids = result.candidates.map(({ id }) => id).join(",");
  return `one of ${ids} on ${result.numberMatch} of ${result.candidateCount}`;
}

describe("a whole number", () => {
  test.each<[number: string, name: string | null, contacts: Contact[], result: string]>([
    ["+12125550110", null, [jane, john, rosa], "2 on phone of 1"],
    // that only one contact has decides, whatever the name
    ["+12125550110", "Rosa Vega", [jane, john, rosa], "2 on phone of 1"],
    ["+12125550110", "John Doe", [jane, john, rosa], "2 on phone of 1"],
    ["+12125550171", null, [jane, john, rosa], "3 on phone of 1"],
    ["+12125550199", null, [jane, john, rosa], "none of 0"],
    // shared
    ["+14155550171", null, [jane, john, rosa], "one of 1,2 on phone of 2"],
    ["+14155550171", "  ", [jane, john, rosa], "one of 1,2 on phone of 2"],
    ["+14155550171", "Jane Doe", [jane, john, rosa], "1 on phone+name of 2"],
    ["+14155550171", "Jane", [jane, john, rosa], "1 on phone+name of 2"],
    ["+14155550171", "Doe", [jane, john, rosa], "one of 1,2 on phone of 2"],
    ["+14155550171", "Rosa Vega", [jane, john, rosa], "one of 1,2 on phone of 2"],
    ["+14155550171", "Jane", [jane, john, hidden], "one of 1,7 on phone of 3"],
    ["+14155550171", "Jane Doe", [jane, john, hidden], "1 on phone+name of 3"],
    ["+14155550171", "Jane Doe", [jane, { ...jane, id: 9 }, john], "one of 1,9 on phone of 3"],
    ["+14155550171", "Jane Doe", [jane, { ...jane, id: 9 }, john, hidden], "one of 1,9 on phone of 4"],
    // an exact name beats a misheard one
    [
      "+14155550171",
      "John Whitaker",
      [person(8, "Joan Whitaker", "4155550171"), person(9, "John Whitaker", "4155550171")],
      "9 on phone+name of 2",
    ],
    // short numbers in Clio count like last four digits, and only when no contact has the whole number
    ["+14155550160", null, [hugh, jane], "4 on last_4 of 1"],
    ["+14155550160", "Hugh Brandt", [hugh, jane], "4 on last_4+name of 1"],
    ["+14155550160", "Rosa Vega", [hugh, jane], "other_name of 0"],
    ["+14155550199", null, [nora, person(8, "Gail Lunt", "415 555 0199")], "8 on phone of 1"],
    // the number without its area code beside the whole one: the same telephone, either may be calling
    ["+14155550160", null, [hugh, gail], "one of 4,8 on phone of 2"],
    ["+14155550160", "Gail Lunt", [hugh, gail], "8 on phone+name of 2"],
    ["+14155550160", "Hugh Brandt", [hugh, gail], "4 on last_4+name of 2"],
    ["+14155550160", "Hugh", [hugh, gail], "one of 4 on phone of 2"],
    ["+14155550160", "Gail", [hugh, gail], "8 on phone+name of 2"],
    ["+14155550160", "Rosa Vega", [hugh, gail], "one of 4,8 on phone of 2"],
    ["+14155560160", null, [hugh, person(8, "Gail Lunt", "415 556 0160")], "8 on phone of 1"],
    ["+14155550160", null, [person(8, "Gail Lunt", "415 555 0160", "555-0160")], "8 on phone of 1"],
    ["+14155550199", null, [nora], "5 on last_4 of 1"],
    ["+14155560160", null, [hugh], "none of 0"],
    ["+14155550101", null, [person(8, "Gail Lunt", "101"), person(9, "Al Lunt", "x0101")], "none of 0"],
  ])("%s, %j", (number, name, contacts, result) => {
    expect(summarize(who(number, name, contacts))).toBe(result);
  });
});

describe("four digits", () => {
  test.each<[number: string, name: string | null, contacts: Contact[], result: string]>([
    ["0110", null, [jane, john, rosa], "2 on last_4 of 1"],
    ["0110", "John Doe", [jane, john, rosa], "2 on last_4+name of 1"],
    ["0110", "Jon Doe", [jane, john, rosa], "2 on last_4+name of 1"],
    // too little was said to confirm or exclude the contact
    ["0110", "John", [jane, john, rosa], "2 on last_4 of 1"],
    ["0110", "Rosa Vega", [jane, john, rosa], "other_name of 0"],
    ["0140", "Rosa Vega", [acme], "other_name of 0"],
    ["0140", "Rosa Vega from Acme Industries", [acme], "6 on last_4+name of 1"],
    // an extension is not the end of a number
    ["0204", null, [rosa], "none of 0"],
    ["0160", null, [hugh], "4 on last_4 of 1"],
    // several
    ["0171", null, [jane, john, rosa], "one of 1,2,3 on last_4 of 3"],
    ["0171", "Rosa Vega", [jane, john, rosa], "3 on last_4+name of 3"],
    ["0171", "Rosa", [jane, john, rosa], "one of 3 on last_4 of 3"],
    ["0171", "Doe", [jane, john, rosa], "one of 1,2 on last_4 of 3"],
    ["0171", "Hugh Brandt", [jane, john, rosa], "other_name of 0"],
    ["0171", "Jan Doe", [jane, john, rosa], "1 on last_4+name of 3"],
    ["9999", null, [jane, john, rosa], "none of 0"],
  ])("%s, %j", (number, name, contacts, result) => {
    expect(summarize(who(number, name, contacts))).toBe(result);
  });
});

test("a withheld number matches no contact", () => {
  expect(summarize(who("anonymous", "Jane Doe", [jane]))).toBe("withheld of 0");
});

test.each<[name: string, result: string]>([
  ["Jane Doe", "1 on name of 1"],
  ["doe, jane", "1 on name of 1"],
  ["Acme Industries", "6 on name of 1"],
  ["Jane", "none of 0"],
  ["Doe", "none of 0"],
  ["Jan Doe", "none of 0"],
  ["J. Doe", "none of 0"],
  ["Acme", "none of 0"],
  ["Pat Lunt", "none of 0"],
  ["", "none of 0"],
])("by the name %j alone", (name, result) => {
  const contacts = [jane, john, rosa, acme, hidden, person(8, "Pat Lunt"), person(9, "Pat Lunt")];
  expect(summarize(whoIsNamed(name, contacts))).toBe(result);
  expect(summarize(whoIsNamed(name, contacts.toReversed()))).toBe(result);
});

// Properties

const firm = [jane, john, rosa, hugh, nora, acme, hidden];
const numbers = fc.constantFrom(
  "+14155550171",
  "+12125550171",
  "0171",
  "0110",
  "+14155550160",
  "0199",
  "0140",
  "9999",
);
const names = fc.constantFrom(
  null,
  "Jane Doe",
  "Jane",
  "Doe",
  "Jon Doe",
  "Rosa Vega",
  "Hugh Brandt",
  "Acme",
  "Bob",
);

test("neither the order of the contacts nor a repeated contact changes who is calling", () => {
  const shuffled = fc.shuffledSubarray(firm, { minLength: firm.length });
  fc.assert(
    fc.property(numbers, names, shuffled, (number, name, contacts) => {
      expect(who(number, name, [...contacts, ...contacts.slice(0, 2)])).toEqual(who(number, name, firm));
    }),
  );
});

test("an unrelated contact never changes who is calling", () => {
  const unrelated = fc
    .tuple(
      fc.constantFrom("Jane Doe", "Bob Reid", "Rosa Vega"),
      fc.constantFrom([], ["415 555 0123"], ["415 555 0123 x0171"], ["x0171"], ["171"]),
    )
    .map(([name, typed]) => person(0, name, ...typed));
  fc.assert(
    fc.property(numbers, names, unrelated, (number, name, contact) => {
      expect(who(number, name, [contact, ...firm])).toEqual(who(number, name, firm));
    }),
  );
});

test("how a number is typed in Clio never changes who is calling", () => {
  fc.assert(
    fc.property(typedNumber, names, ({ country, e164, typed }, name) => {
      const find = (asTyped: string, caller: string) => {
        const number = readPhoneNumber(caller, country);
        if (number.kind === "unreadable") throw new Error(caller);
        const contacts = [person(1, "Jane Doe", asTyped), person(2, "Rosa Vega", asTyped)];
        return summarize(whoIsCalling({ number, name, contacts, defaultCountry: country }));
      };
      for (const caller of [e164, e164.slice(-4)]) expect(find(typed, caller)).toBe(find(e164, caller));
    }),
  );
});
