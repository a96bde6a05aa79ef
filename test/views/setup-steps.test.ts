import { describe, expect, test } from "vitest";
import { type SetupFacts, setupProgress } from "../../src/views/setup-steps.ts";

const NEW_FIRM: SetupFacts = {
  hasLookupAccount: true,
  isSyncBlocked: false,
  hasKey: true,
  lastRequestAt: null,
  transferRulesAddedAt: null,
};

/** In the order of the steps. */
const statesOf = (facts: Partial<SetupFacts>) =>
  Object.values(setupProgress({ ...NEW_FIRM, ...facts }).states).join(" ");

describe("the steps of setup", () => {
  test.each<[string, Partial<SetupFacts>, string]>([
    ["a firm without a key creates one", { hasKey: false }, "done next later later later"],
    ["a new firm adds the custom action", {}, "done done next later later"],
    ["its first request shows that the action works", { lastRequestAt: 1000 }, "done done done next later"],
    [
      "a request from before the rules were added is no call that could be transferred",
      { lastRequestAt: 1001, transferRulesAddedAt: 1001 },
      "done done done done next",
    ],
    ["a later one is", { lastRequestAt: 1002, transferRulesAddedAt: 1001 }, "done done done done done"],
    ["rules can be added before the action", { transferRulesAddedAt: 1000 }, "done done next done later"],
    [
      "a settled firm without a key needs one again",
      { hasKey: false, lastRequestAt: 2000, transferRulesAddedAt: 1000 },
      "done next done done done",
    ],
    [
      "a firm that can't be read is repaired first",
      { isSyncBlocked: true },
      "trouble done later later later",
    ],
    ["so is one without a lookup account", { hasLookupAccount: false }, "trouble done later later later"],
  ])("%s", (_, facts, expected) => {
    expect(statesOf(facts)).toBe(expected);
  });

  test("are counted, and none is left when all are done", () => {
    expect(setupProgress(NEW_FIRM)).toMatchObject({ current: "action", doneCount: 2 });
    const settled = { ...NEW_FIRM, lastRequestAt: 2, transferRulesAddedAt: 1 };
    expect(setupProgress(settled)).toMatchObject({ current: null, doneCount: 5 });
  });
});
