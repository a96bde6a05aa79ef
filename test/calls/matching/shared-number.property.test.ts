import fc from "fast-check";
import { expect, test } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import { type MattersByContact, settleSharedNumber } from "../../../src/calls/matching/shared-number.ts";
import { whichMatter } from "../../../src/calls/matching/which-matter.ts";
import { STAFF_ROLES } from "../../../src/calls/matter.ts";
import { inventedFirm, mattersByContact, typedBy } from "../invented-firm.ts";

const known = fc.record({
  firm: inventedFirm,
  asked: fc.constantFrom(null, "divorce", "42"),
  withMatters: fc.boolean(),
});

function settled(
  candidates: readonly Contact[],
  byContact: MattersByContact,
  { asked, withMatters }: { asked: string | null; withMatters: boolean },
) {
  return settleSharedNumber(candidates, withMatters ? { byContact, staffRoles: STAFF_ROLES, asked } : null);
}

test("the order of the candidates, or of their matters, never changes whom the number settles on", () => {
  fc.assert(
    fc.property(known, fc.infiniteStream(fc.nat()), ({ firm, ...rest }, keys) => {
      const candidates = typedBy(firm, (line) => line);
      const byContact = mattersByContact(firm);
      const shuffled = shuffle(candidates, keys);
      const reversed = new Map([...byContact].map(([id, matters]) => [id, matters.toReversed()]));
      expect(settled(shuffled, reversed, rest)).toEqual(settled(candidates, byContact, rest));
    }),
  );
});

test("somebody who is no client, beside clients, never changes whom the number settles on", () => {
  fc.assert(
    fc.property(known, fc.constantFrom(0, 99), ({ firm, ...rest }, id) => {
      const candidates = typedBy(firm, (line) => line);
      fc.pre(candidates.some(({ isClient }) => isClient === true));
      const byContact = mattersByContact(firm);
      const other: Contact = { ...candidates[0]!, id, isClient: false };
      const withOther = new Map([...byContact, [id, byContact.get(candidates[0]!.id) ?? []]]);
      expect(settled([other, ...candidates], withOther, rest)).toEqual(settled(candidates, byContact, rest));
    }),
  );
});

test("whoever it settles on is a candidate, or takes the call for two candidates at least", () => {
  fc.assert(
    fc.property(known, ({ firm, ...rest }) => {
      const candidates = typedBy(firm, (line) => line);
      const result = settled(candidates, mattersByContact(firm), rest);
      if (result.settledOn === "contact") expect(candidates).toContain(result.contact);
      if (result.settledOn === null) expect(result.candidates.length).toBeGreaterThan(1);
      if (result.settledOn === "person") {
        const takers = firm.map(
          ({ matters }) => whichMatter(matters, STAFF_ROLES, rest.asked).chosen?.person.id,
        );
        expect(takers.filter((id) => id === result.person.id).length).toBeGreaterThan(1);
      }
    }),
  );
});

function shuffle<T>(items: readonly T[], keys: fc.Stream<number>): T[] {
  const numbered = items.map((item) => ({ item, key: keys.next().value ?? 0 }));
  return numbered.toSorted((one, other) => one.key - other.key).map(({ item }) => item);
}
