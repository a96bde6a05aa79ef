import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import { isFullName } from "../../../src/calls/matching/names/caller-name.ts";
import { withNormalizedNumbers } from "../../../src/calls/matching/normalized-numbers.ts";
import {
  type CallerNumber,
  readClioPhoneField,
  readPhoneNumber,
} from "../../../src/calls/matching/phone-number.ts";
import {
  type CountryCode,
  contactTerms,
  nameTerms,
  numberTerms,
} from "../../../src/calls/matching/search-terms.ts";
import { type WhoIsCalling, whoIsCalling, whoIsNamed } from "../../../src/calls/matching/who-is-calling.ts";
import {
  arbitraryCallerId,
  arbitrarySpokenName,
  arbitraryTypedFirm,
  unrelatedContact,
} from "../arbitrary-firm.ts";
import { namedContact } from "../arbitrary-names.ts";
import { typedNumber } from "../arbitrary-numbers.ts";
import { person } from "../people.ts";

/**
 * A mirror finds contacts by their terms alone: every contact that would be found among all contacts of the firm must
 * have a term in common with the caller.
 */

type KnownNumber = Exclude<CallerNumber, { readonly kind: "withheld" }>;

function shareTerm(one: readonly string[], other: readonly string[]): boolean {
  const terms = new Set(one);
  return other.some((term) => terms.has(term));
}

function readNumber(written: string, country: CountryCode): KnownNumber | null {
  const number = readPhoneNumber(written, country);
  return number.kind === "whole" || number.kind === "last_4" ? number : null;
}

/** The result as if the numbers had not been read beforehand. */
function withoutNormalizedNumbers(result: WhoIsCalling): WhoIsCalling {
  const without = ({ normalizedNumbers: _, ...contact }: Contact): Contact => contact;
  const candidates = result.candidates.map(without);
  const contact = result.outcome === "one" && { contact: without(result.contact) };
  return { ...result, candidates, ...contact } as WhoIsCalling;
}

const country = fc.constantFrom("US" as const, "GB" as const);

/** The text of a phone field: a number in any style, part of one, several, or something else. */
const phoneField: fc.Arbitrary<string> = fc
  .tuple(
    typedNumber.map(({ typed }) => typed),
    typedNumber.map(({ typed }) => typed),
    fc.constantFrom(" / ", " or ", ", ", "; ", "\n", " "),
  )
  .chain(([one, other, between]) =>
    fc.constantFrom(
      one,
      one,
      `${one}${between}${other}`,
      `${one} / ${other.replace(/\D/g, "").slice(-4)}`,
      one.replace(/\D/g, "").slice(-7),
      `${one.replace(/\D/g, "").slice(-7, -4)}-${one.replace(/\D/g, "").slice(-4)}`,
      one.replace(/\D/g, "").slice(-4),
      one.replace(/\D/g, "").slice(-6),
      one.replace(/\D/g, "").slice(0, 5),
      `x${other.replace(/\D/g, "").slice(-4)}`,
      one.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
      `ends in ${one.replace(/\D/g, "").slice(-4)}`,
      "none",
      "",
    ),
  );

const fieldsOfAContact = fc.array(
  fc.oneof({ weight: 4, arbitrary: phoneField }, fc.string({ unit: "binary" })),
  {
    minLength: 1,
    maxLength: 3,
  },
);

/** A caller's number, either derived from a number in the fields or unrelated to them. */
function callerIdFor(fields: readonly string[], reader: CountryCode): fc.Arbitrary<string> {
  const inFields = fields.flatMap((typed) => readClioPhoneField(typed, reader));
  const digits = inFields.map((number) => ("e164" in number ? number.e164.slice(1) : number.ending));
  const related = digits.flatMap((one) => [
    `+${one}`,
    one.slice(-4),
    one,
    // Other numbers with the same ending, longer or shorter.
    `+1212${one.padStart(7, "5").slice(-7)}`,
    `+1212556${one.slice(-4)}`,
    `+4477009${one.padStart(5, "0").slice(-5)}`,
  ]);
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...(related.length > 0 ? related : ["0171"])) },
    { weight: 1, arbitrary: typedNumber.map(({ typed }) => typed) },
    { weight: 1, arbitrary: arbitraryCallerId },
  );
}

describe("a contact with the caller's number", () => {
  test("has a term in common with it", () => {
    let matched = 0;
    const property = fc.property(
      country.chain((reader) =>
        fieldsOfAContact.chain((fields) =>
          fc.record({
            reader: fc.constant(reader),
            fields: fc.constant(fields),
            caller: callerIdFor(fields, reader),
          }),
        ),
      ),
      ({ reader, fields, caller }) => {
        const number = readNumber(caller, reader);
        fc.pre(number !== null);
        if (number === null) return;
        const contact = person(1, "Jane Doe", ...fields);
        const result = whoIsCalling({ number, name: null, contacts: [contact], defaultCountry: reader });
        if (result.outcome === "none") return;
        matched += 1;
        expect(shareTerm(contactTerms(contact, reader), numberTerms(number))).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 2_000 });
    // Fails when the arbitrary callers rarely match a contact.
    expect(matched).toBeGreaterThan(500);
  });

  test("is found among the contacts with its terms just as among all contacts", () => {
    let narrowed = 0;
    const firm = fc.record({
      invented: arbitraryTypedFirm,
      others: fc.array(fieldsOfAContact, { maxLength: 6 }),
      unrelated: unrelatedContact,
      number: arbitraryCallerId,
      name: arbitrarySpokenName,
    });
    const property = fc.property(firm, ({ invented, others, unrelated, number: written, name }) => {
      const number = readNumber(written, "US");
      fc.pre(number !== null);
      if (number === null) return;
      const contacts: Contact[] = [
        ...others.map((fields, at) => person(100 + at, "Jane Doe", ...fields)),
        ...invented.contacts,
        unrelated,
      ];
      const terms = numberTerms(number);
      const found = contacts.filter((contact) => shareTerm(contactTerms(contact, "US"), terms));
      if (found.length > 0 && found.length < contacts.length) narrowed += 1;
      const of = (contacts: readonly Contact[]) =>
        whoIsCalling({ number, name, contacts, defaultCountry: "US" });
      expect(of(found)).toEqual(of(contacts));
      // The numbers in a mirror were read when it was written.
      const normalized = contacts.map((contact) => withNormalizedNumbers(contact, "US"));
      expect(withoutNormalizedNumbers(of(normalized))).toEqual(of(contacts));
      for (const [at, contact] of contacts.entries())
        expect(contactTerms(normalized[at] ?? contact, "US")).toEqual(contactTerms(contact, "US"));
    });
    fc.assert(property, { numRuns: 1_000 });
    expect(narrowed).toBeGreaterThan(200);
  });

  test("has a term in common with it, however the number is written", () => {
    fc.assert(
      fc.property(typedNumber, typedNumber, (inClio, other) => {
        const contact = person(1, "Jane Doe", inClio.typed);
        const { country } = inClio;
        for (const written of [inClio.e164, inClio.typed, inClio.e164.slice(-4), inClio.e164.slice(1)]) {
          const number = readPhoneNumber(written, country);
          if (number.kind !== "whole" && number.kind !== "last_4") continue;
          expect(shareTerm(contactTerms(contact, country), numberTerms(number))).toBe(true);
        }
        // Another whole number doesn't find the contact.
        const stranger = readPhoneNumber(other.e164, country);
        if (stranger.kind === "whole" && other.e164 !== inClio.e164)
          expect(shareTerm(contactTerms(contact, country), numberTerms(stranger))).toBe(false);
      }),
    );
  });
});

describe("a contact whose full name was said", () => {
  test("has a term in common with the name", () => {
    let full = 0;
    const property = fc.property(namedContact, namedContact, ({ contact, said }, other) => {
      for (const spoken of [said, other.said]) {
        if (!isFullName(spoken, contact)) continue;
        full += 1;
        const terms = contactTerms(contact, "US").filter((term) => term.startsWith("name "));
        expect(shareTerm(terms, nameTerms(spoken))).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 3_000 });
    expect(full).toBeGreaterThan(500);
  });

  test("is found among the contacts with its terms just as among all contacts", () => {
    let named = 0;
    const property = fc.property(
      fc.array(namedContact, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      (namedContacts, pick) => {
        const contacts = namedContacts.map(({ contact }, at) => ({ ...contact, id: at + 1 }));
        const said = namedContacts[pick % namedContacts.length]?.said ?? "";
        const terms = nameTerms(said);
        const found = contacts.filter((contact) => shareTerm(contactTerms(contact, "US"), terms));
        const all = whoIsNamed(said, contacts);
        if (all.outcome === "one") named += 1;
        expect(whoIsNamed(said, found)).toEqual(all);
      },
    );
    fc.assert(property, { numRuns: 1_000 });
    expect(named).toBeGreaterThan(50);
  });

  test("has a term in common with the name, whatever words the two consist of", () => {
    const word = fc.constantFrom(
      "jane",
      "Doe",
      "de",
      "la",
      "o'b",
      "Smith-Jones",
      "ms.",
      "jr",
      "from",
      "llc",
      "the",
      "J.",
    );
    const text = fc.array(word, { maxLength: 5 }).map((words) => words.join(" "));
    const contact = fc.record({
      id: fc.constant(1),
      name: fc.option(text),
      firstName: fc.option(text),
      lastName: fc.option(text),
      type: fc.constantFrom("Person" as const, "Company" as const, null),
      isClient: fc.constant(true),
      phoneNumbers: fc.constant([]),
    });
    fc.assert(
      fc.property(contact, text, (one, said) => {
        for (const spoken of [
          said,
          one.name,
          `${one.firstName} ${one.lastName}`,
          `${one.lastName}, ${one.firstName}`,
        ])
          if (spoken !== null && isFullName(spoken, one))
            expect(shareTerm(contactTerms(one, "US"), nameTerms(spoken))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
