import { expect, test } from "vitest";
import { formatCoverage } from "../../src/views/coverage-text.ts";

test.each([
  [1, 0, 0, "1 of 1 open or pending matters has someone to take calls."],
  [450, 0, 0, "All 450 open or pending matters have someone to take calls."],
  [2300, 1, 0, "2,299 of 2,300 open or pending matters have someone to take calls."],
  [2, 1, 1, "1 of 2 open or pending matters has someone to take calls. 1 person has no phone number."],
  [3, 3, 0, "0 of 3 open or pending matters have someone to take calls."],
  [9, 0, 2, "All 9 open or pending matters have someone to take calls. 2 people have no phone number."],
])("%i matters, %i unassigned, %i people without a number", (matters, unassigned, withoutNumber, text) => {
  const coverage = {
    rules: [],
    liveMatterCount: matters,
    unassignedCount: unassigned,
    unassigned: [],
    withoutNumberCount: withoutNumber,
  };
  expect(formatCoverage(coverage)).toBe(text);
});
