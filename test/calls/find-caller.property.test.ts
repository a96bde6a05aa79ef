import fc from "fast-check";
import { expect, test } from "vitest";
import { NOBODY_AWAY } from "../../src/calls/absence.ts";
import type { Contact } from "../../src/calls/contact.ts";
import { findCaller } from "../../src/calls/find-caller.ts";
import { readClioPhoneField, readPhoneNumber } from "../../src/calls/matching/phone-number.ts";
import { STAFF_ROLES } from "../../src/calls/matter.ts";
import type { Directory } from "../../src/directory/directory.ts";
import {
  arbitraryCallerId,
  arbitraryFirm,
  arbitrarySpokenName,
  arbitraryTypedFirm,
  type FirmContact,
  mattersByContact,
  typingStyle,
  unrelatedContact,
  withTypedNumbers,
} from "./arbitrary-firm.ts";

/** A directory that returns every contact for every lookup: more than Clio would, and in any order. */
function directoryOf(contacts: readonly Contact[], firm: readonly FirmContact[]): Directory {
  const matters = mattersByContact(firm);
  return {
    contactsByNumber: async () => [...contacts],
    contactsByName: async () => [...contacts],
    mattersOf: async (contactId) => [...(matters.get(contactId) ?? [])],
    relatedMattersOf: async () => [],
    absencesOf: async () => NOBODY_AWAY,
  };
}

const arbitraryCall = fc.record({
  number: arbitraryCallerId,
  name: arbitrarySpokenName,
  matter: fc.constantFrom(null, "divorce", "42"),
  routeByName: fc.boolean(),
});

/** The result by ids, without the phone fields as typed. */
async function find(
  directory: Directory,
  {
    number,
    name,
    matter,
    routeByName,
  }: { number: string; name: string | null; matter: string | null; routeByName: boolean },
) {
  const reading = readPhoneNumber(number, "US");
  if (reading.kind === "unreadable") throw new Error(number);
  const { caller, sharedPerson: person } = await findCaller(
    directory,
    { defaultCountry: "US", routeByName, staffRoles: STAFF_ROLES },
    { number: reading, name, matter },
  );
  return {
    outcome: caller.outcome,
    contact: caller.outcome === "one" ? caller.contact.id : null,
    matchedOn: caller.outcome === "one" ? caller.matchedOn : null,
    candidates: caller.candidates.map(({ id }) => id),
    candidateCount: caller.candidateCount,
    person: person && { id: person.person?.id, role: person.role },
  };
}

test("how a number is typed in Clio never changes who is found", () =>
  fc.assert(
    fc.asyncProperty(
      arbitraryFirm,
      arbitraryCall,
      typingStyle,
      typingStyle,
      async (firm, clues, style, otherStyle) => {
        const typed = await find(directoryOf(withTypedNumbers(firm, style), firm), clues);
        expect(await find(directoryOf(withTypedNumbers(firm, otherStyle), firm), clues)).toEqual(typed);
      },
    ),
  ));

test("how the caller's number is written never changes who is found", () =>
  fc.assert(
    fc.asyncProperty(arbitraryFirm, arbitraryCall, typingStyle, async (firm, clues, style) => {
      fc.pre(clues.number.startsWith("+1"));
      const directory = directoryOf(
        withTypedNumbers(firm, (line) => line),
        firm,
      );
      const written = { ...clues, number: style(clues.number.slice(2)) };
      expect(await find(directory, written)).toEqual(await find(directory, clues));
    }),
  ));

test("an unrelated contact never changes who is found", () =>
  fc.assert(
    fc.asyncProperty(
      arbitraryTypedFirm,
      arbitraryCall,
      unrelatedContact,
      async ({ firm, contacts }, clues, unrelated) => {
        expect(await find(directoryOf([unrelated, ...contacts], firm), clues)).toEqual(
          await find(directoryOf(contacts, firm), clues),
        );
      },
    ),
  ));

test("neither the order of Clio's results nor a repeated result changes who is found", () =>
  fc.assert(
    fc.asyncProperty(
      arbitraryTypedFirm,
      arbitraryCall,
      fc.infiniteStream(fc.nat()),
      async ({ firm, contacts }, clues, keys) => {
        const shuffled = [...contacts, ...contacts.slice(0, 1)]
          .map((contact) => ({ contact, key: keys.next().value ?? 0 }))
          .toSorted((one, other) => one.key - other.key)
          .map(({ contact }) => contact);
        const reversed = firm.map((one) => ({ ...one, matters: one.matters.toReversed() }));
        expect(await find(directoryOf(shuffled, reversed), clues)).toEqual(
          await find(directoryOf(contacts, firm), clues),
        );
      },
    ),
  ));

test("a contact whose number lacks the area code is never found in place of one with the whole number", () =>
  fc.assert(
    fc.asyncProperty(arbitraryTypedFirm, arbitraryCall, async ({ firm, contacts }, clues) => {
      fc.pre(clues.number.startsWith("+1") && clues.name === null);
      const hasWholeNumber = (contact: Contact) =>
        contact.phoneNumbers.some((typed) => {
          return readClioPhoneField(typed, "US").some((read) => "e164" in read && read.e164 === clues.number);
        });
      fc.pre(contacts.some(hasWholeNumber));
      const { contact } = await find(directoryOf(contacts, firm), clues);
      if (contact !== null) expect(hasWholeNumber(contacts.find(({ id }) => id === contact)!)).toBe(true);
    }),
  ));
