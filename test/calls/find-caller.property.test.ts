import fc from "fast-check";
import { expect, test } from "vitest";
import type { Contact } from "../../src/calls/contact.ts";
import { findCaller } from "../../src/calls/find-caller.ts";
import { readClioNumber, readPhoneNumber } from "../../src/calls/matching/phone-number.ts";
import { STAFF_ROLES } from "../../src/calls/matter.ts";
import type { Directory } from "../../src/directory/directory.ts";
import {
  callersName,
  callersNumber,
  type InventedContact,
  inventedAndTyped,
  inventedFirm,
  mattersByContact,
  typedBy,
  unrelatedContact,
  wayOfTyping,
} from "./invented-firm.ts";

/** A directory that lists everybody, whatever it is asked: more than Clio would, and in any order. */
function directoryOf(contacts: readonly Contact[], firm: readonly InventedContact[]): Directory {
  const matters = mattersByContact(firm);
  return {
    contactsByNumber: async () => [...contacts],
    contactsByName: async () => [...contacts],
    mattersOf: async (contactId) => [...(matters.get(contactId) ?? [])],
  };
}

const asked = fc.record({
  number: callersNumber,
  name: callersName,
  matter: fc.constantFrom(null, "divorce", "42"),
  routeByName: fc.boolean(),
});

/** Who was found, without how their numbers are typed. */
async function found(
  directory: Directory,
  {
    number,
    name,
    matter,
    routeByName,
  }: { number: string; name: string | null; matter: string | null; routeByName: boolean },
) {
  const read = readPhoneNumber(number, "US");
  if (read.kind === "unreadable") throw new Error(number);
  const { caller, sharedPerson: person } = await findCaller(
    directory,
    { defaultCountry: "US", routeByName, staffRoles: STAFF_ROLES },
    { number: read, name, matter },
  );
  return {
    outcome: caller.outcome,
    contact: caller.outcome === "one" ? caller.contact.id : null,
    matchedOn: caller.outcome === "one" ? caller.matchedOn : null,
    candidates: caller.candidates.map(({ id }) => id),
    candidateCount: caller.candidateCount,
    person: person && { id: person.person.id, role: person.role },
  };
}

test("the way a number is typed in Clio never changes who is found", () =>
  fc.assert(
    fc.asyncProperty(inventedFirm, asked, wayOfTyping, wayOfTyping, async (firm, clues, one, other) => {
      const typed = await found(directoryOf(typedBy(firm, one), firm), clues);
      expect(await found(directoryOf(typedBy(firm, other), firm), clues)).toEqual(typed);
    }),
  ));

test("the way the caller's number is written never changes who is found", () =>
  fc.assert(
    fc.asyncProperty(inventedFirm, asked, wayOfTyping, async (firm, clues, way) => {
      fc.pre(clues.number.startsWith("+1"));
      const directory = directoryOf(
        typedBy(firm, (line) => line),
        firm,
      );
      const written = { ...clues, number: way(clues.number.slice(2)) };
      expect(await found(directory, written)).toEqual(await found(directory, clues));
    }),
  ));

test("an unrelated contact never changes who is found", () =>
  fc.assert(
    fc.asyncProperty(
      inventedAndTyped,
      asked,
      unrelatedContact,
      async ({ firm, contacts }, clues, unrelated) => {
        expect(await found(directoryOf([unrelated, ...contacts], firm), clues)).toEqual(
          await found(directoryOf(contacts, firm), clues),
        );
      },
    ),
  ));

test("neither the order of Clio's results nor one that comes twice changes who is found", () =>
  fc.assert(
    fc.asyncProperty(
      inventedAndTyped,
      asked,
      fc.infiniteStream(fc.nat()),
      async ({ firm, contacts }, clues, keys) => {
        const shuffled = [...contacts, ...contacts.slice(0, 1)]
          .map((contact) => ({ contact, key: keys.next().value ?? 0 }))
          .toSorted((one, other) => one.key - other.key)
          .map(({ contact }) => contact);
        const turned = firm.map((one) => ({ ...one, matters: one.matters.toReversed() }));
        expect(await found(directoryOf(shuffled, turned), clues)).toEqual(
          await found(directoryOf(contacts, firm), clues),
        );
      },
    ),
  ));

test("a contact whose number lacks its area code never takes the place of one who has all of it", () =>
  fc.assert(
    fc.asyncProperty(inventedAndTyped, asked, async ({ firm, contacts }, clues) => {
      fc.pre(clues.number.startsWith("+1") && clues.name === null);
      const hasAll = (contact: Contact) =>
        contact.phoneNumbers.some((typed) => {
          return readClioNumber(typed, "US").some((read) => "e164" in read && read.e164 === clues.number);
        });
      fc.pre(contacts.some(hasAll));
      const { contact } = await found(directoryOf(contacts, firm), clues);
      if (contact !== null) expect(hasAll(contacts.find(({ id }) => id === contact)!)).toBe(true);
    }),
  ));
