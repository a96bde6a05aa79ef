import fc from "fast-check";
import { expect, test } from "vitest";
import { whoIsNamed } from "../../../src/calls/matching/who-is-calling.ts";
import { arbitraryFirm, typingStyle, unrelatedContact, withTypedNumbers } from "../arbitrary-firm.ts";

const spoken = fc.constantFrom(
  "Jane Doe",
  "Doe, Jane",
  "jane doe",
  "Jane",
  "Rosa Vega",
  "Vega Partners LLC",
  "Vega",
);

/** The contact's id, because its phone fields differ with the typing style. */
function named(...args: Parameters<typeof whoIsNamed>) {
  const result = whoIsNamed(...args);
  return result.outcome === "one" ? result.contact.id : result.outcome;
}

test("neither the order of the contacts nor a repeated contact changes who is named", () => {
  fc.assert(
    fc.property(spoken, arbitraryFirm, fc.infiniteStream(fc.nat()), (name, firm, keys) => {
      const contacts = withTypedNumbers(firm, (line) => line);
      const shuffled = [...contacts, ...contacts.slice(0, 1)]
        .map((contact) => ({ contact, key: keys.next().value ?? 0 }))
        .toSorted((one, other) => one.key - other.key)
        .map(({ contact }) => contact);
      expect(named(name, shuffled)).toBe(named(name, contacts));
    }),
  );
});

test("neither an unrelated contact nor the way numbers are typed changes who is named", () => {
  fc.assert(
    fc.property(spoken, arbitraryFirm, unrelatedContact, typingStyle, (name, firm, unrelated, style) => {
      expect(named(name, [unrelated, ...withTypedNumbers(firm, style)])).toBe(
        named(
          name,
          withTypedNumbers(firm, (line) => line),
        ),
      );
    }),
  );
});

test("no one is named when two contacts share the name", () => {
  fc.assert(
    fc.property(spoken, arbitraryFirm, (name, firm) => {
      const contacts = withTypedNumbers(firm, (line) => line);
      const found = whoIsNamed(name, contacts);
      fc.pre(found.outcome === "one");
      if (found.outcome !== "one") return;
      expect(named(name, [...contacts, { ...found.contact, id: 99 }])).toBe("none");
    }),
  );
});
