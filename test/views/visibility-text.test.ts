import { expect, test } from "vitest";
import { compareVisibility } from "../../src/views/visibility-text.ts";

const sees = (contacts: number | null, matters: number | null) => ({ counts: { contacts, matters } });

test("what another lookup account can see is compared with today's", () => {
  expect(compareVisibility(sees(3402, 99), sees(3414, 100))).toEqual([
    { label: "Contacts", count: "3,402", difference: "12 fewer contacts than today", isLoss: true },
    { label: "Matters", count: "99", difference: "1 fewer matter than today", isLoss: true },
  ]);
  expect(compareVisibility(sees(5, 7), sees(5, 5))).toEqual([
    { label: "Contacts", count: "5", difference: "As many as today", isLoss: false },
    { label: "Matters", count: "7", difference: "2 more matters than today", isLoss: false },
  ]);
});

test("what isn't known isn't compared", () => {
  const unknown = { problem: "Clio takes too long to respond." };
  for (const [candidate, current] of [
    [unknown, sees(1, 1)],
    [sees(1, 1), unknown],
    [sees(1, 1), null],
    [sees(null, null), sees(1, 1)],
  ] as const)
    for (const { difference, isLoss } of compareVisibility(candidate, current))
      expect([difference, isLoss]).toEqual(["Couldn't be compared with today", false]);
});
