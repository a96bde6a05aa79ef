import fc from "fast-check";
import { expect, test } from "vitest";
import { whoIsNamed } from "../../../src/calls/matching/who-is-calling.ts";
import { inventedFirm, typedBy, unrelatedContact, wayOfTyping } from "../invented-firm.ts";

const spoken = fc.constantFrom(
  "Jane Doe",
  "Doe, Jane",
  "jane doe",
  "Jane",
  "Rosa Vega",
  "Vega Partners LLC",
  "Vega",
);

/** By id and no more: the contact that is found carries its numbers as they are typed. */
function named(...args: Parameters<typeof whoIsNamed>) {
  const result = whoIsNamed(...args);
  return result.outcome === "one" ? result.contact.id : result.outcome;
}

test("neither the order of the contacts nor one that is listed twice changes who is named", () => {
  fc.assert(
    fc.property(spoken, inventedFirm, fc.infiniteStream(fc.nat()), (name, firm, keys) => {
      const contacts = typedBy(firm, (line) => line);
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
    fc.property(spoken, inventedFirm, unrelatedContact, wayOfTyping, (name, firm, unrelated, way) => {
      expect(named(name, [unrelated, ...typedBy(firm, way)])).toBe(
        named(
          name,
          typedBy(firm, (line) => line),
        ),
      );
    }),
  );
});

test("a namesake always leaves it open", () => {
  fc.assert(
    fc.property(spoken, inventedFirm, (name, firm) => {
      const contacts = typedBy(firm, (line) => line);
      const found = whoIsNamed(name, contacts);
      fc.pre(found.outcome === "one");
      if (found.outcome !== "one") return;
      expect(named(name, [...contacts, { ...found.contact, id: 99 }])).toBe("none");
    }),
  );
});
