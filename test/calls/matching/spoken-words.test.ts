import fc from "fast-check";
import { expect, test } from "vitest";
import { spokenWords } from "../../../src/calls/matching/spoken-words.ts";

test.each([
  ["Jane  Doe ", ["jane", "doe"]],
  ["O'Brien, J.R.", ["obrien", "jr"]],
  ["Anne-Marie Łukasiewicz", ["anne", "marie", "lukasiewicz"]],
  ["", []],
])("reads %j as %j", (text, words) => {
  expect(spokenWords(text)).toEqual(words);
});

test("a text of plain words is read as if it had punctuation", () => {
  const plain = fc.string({ unit: fc.constantFrom(..."aZkKsI09  "), maxLength: 199 });
  fc.assert(
    fc.property(plain, (text) => {
      expect(spokenWords(text)).toEqual(spokenWords(`${text}!`));
    }),
  );
});
