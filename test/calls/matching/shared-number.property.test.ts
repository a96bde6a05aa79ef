import fc from "fast-check";
import { expect, test } from "vitest";
import type { Contact } from "../../../src/calls/contact.ts";
import {
  type MattersByContact,
  resolveSharedNumber,
  type SharedNumber,
} from "../../../src/calls/matching/shared-number.ts";
import { whichMatter } from "../../../src/calls/matching/which-matter.ts";
import { STAFF_ROLES } from "../../../src/calls/matter.ts";
import { arbitraryFirm, mattersByContact, withTypedNumbers } from "../arbitrary-firm.ts";

const arbitraryCase = fc.record({
  firm: arbitraryFirm,
  requested: fc.constantFrom(null, "divorce", "42"),
  withMatters: fc.boolean(),
});

function resolve(
  candidates: readonly Contact[],
  byContact: MattersByContact,
  { requested, withMatters }: { requested: string | null; withMatters: boolean },
) {
  return resolveSharedNumber(
    candidates,
    withMatters ? { byContact, staffRoles: STAFF_ROLES, requested } : null,
  );
}

test("neither the order of the candidates nor that of their matters changes the result", () => {
  fc.assert(
    fc.property(arbitraryCase, fc.infiniteStream(fc.nat()), ({ firm, ...rest }, keys) => {
      const candidates = withTypedNumbers(firm, (line) => line);
      const byContact = mattersByContact(firm);
      const shuffled = shuffle(candidates, keys);
      const reversed = new Map([...byContact].map(([id, matters]) => [id, matters.toReversed()]));
      expect(resolve(shuffled, reversed, rest)).toEqual(resolve(candidates, byContact, rest));
    }),
  );
});

test("another contact beside clients never changes the result", () => {
  fc.assert(
    fc.property(arbitraryCase, fc.constantFrom(0, 99), ({ firm, ...rest }, id) => {
      const candidates = withTypedNumbers(firm, (line) => line);
      fc.pre(candidates.some(({ isClient }) => isClient === true));
      const byContact = mattersByContact(firm);
      const other: Contact = { ...candidates[0]!, id, isClient: false };
      const withOther = new Map([...byContact, [id, byContact.get(candidates[0]!.id) ?? []]]);
      // The rule that decided does change: being a client now sets someone apart.
      const withoutRule = (result: SharedNumber) => ({ ...result, rule: undefined });
      expect(withoutRule(resolve([other, ...candidates], withOther, rest))).toEqual(
        withoutRule(resolve(candidates, byContact, rest)),
      );
    }),
  );
});

test("the result is a candidate, or a person who takes the call for at least two candidates", () => {
  fc.assert(
    fc.property(arbitraryCase, ({ firm, ...rest }) => {
      const candidates = withTypedNumbers(firm, (line) => line);
      const result = resolve(candidates, mattersByContact(firm), rest);
      if (result.resolvedTo === "contact") expect(candidates).toContain(result.contact);
      if (result.resolvedTo === null) expect(result.candidates.length).toBeGreaterThan(1);
      if (result.resolvedTo === "person") {
        const callTakers = firm.map(
          ({ matters }) => whichMatter(matters, STAFF_ROLES, rest.requested).chosen?.person?.id,
        );
        expect(callTakers.filter((id) => id === result.shared.person?.id).length).toBeGreaterThan(1);
      }
    }),
  );
});

function shuffle<T>(items: readonly T[], keys: fc.Stream<number>): T[] {
  const numbered = items.map((item) => ({ item, key: keys.next().value ?? 0 }));
  return numbered.toSorted((one, other) => one.key - other.key).map(({ item }) => item);
}
