import { expect, test } from "vitest";
import type { Matter, StaffMember } from "../../src/calls/matter.ts";
import { buildCoverage } from "../../src/calls/transfer/coverage.ts";
import { formatCoverage } from "../../src/views/coverage-text.ts";

const NUMBERS = {
  ok: "(415) 555-0101",
  none: null,
  invalid: "ask reception",
  extension: "(415) 555-0101 x7",
};

/** A firm with one matter for each number, each with a person of its own; undefined for a matter without a person. */
function coverageOf(numbers: readonly (keyof typeof NUMBERS | undefined)[]) {
  const matters = numbers.map((number, id): Matter => {
    const person: StaffMember | null =
      number === undefined
        ? null
        : { id, name: `Person ${id}`, email: null, phoneNumber: NUMBERS[number], enabled: true };
    return {
      id,
      displayNumber: null,
      description: null,
      status: "Open",
      lastActivityDate: null,
      updatedAt: null,
      staff: { responsible_staff: person },
    };
  });
  return buildCoverage(matters, ["responsible_staff"], "US");
}

test.each([
  [["ok"], "1 of 1 open or pending matters reaches someone who can be dialed."],
  [Array(450).fill("ok"), "All 450 open or pending matters reach someone who can be dialed."],
  [
    [...Array(2299).fill("ok"), undefined],
    "2,299 of 2,300 open or pending matters reach someone who can be dialed.",
  ],
  [
    ["ok", "none"],
    "1 of 2 open or pending matters reaches someone who can be dialed. 1 person has no phone number.",
  ],
  [[undefined, undefined], "0 of 2 open or pending matters reach someone who can be dialed."],
  [
    ["extension", "extension"],
    "All 2 open or pending matters reach someone who can be dialed. 2 people have a number with an extension.",
  ],
  [
    ["ok", "none", "none", "invalid", "extension"],
    "2 of 5 open or pending matters reach someone who can be dialed. 2 people have no phone number, 1 person has a number that can't be dialed, and 1 person has a number with an extension.",
  ],
] as const)("%#", (numbers, text) => {
  expect(formatCoverage(coverageOf(numbers))).toBe(text);
});
