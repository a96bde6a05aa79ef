import { describe, expect, it } from "vitest";
import { NOON } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function usedStateTests({ name, setUp }: Engine): void {
  describe(`${name}: used states`, () => {
    it("are good once", async () => {
      const { store } = await setUp();
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(true);
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(false);
      expect(await store.usedStates.consume("b", NOON + 1000)).toBe(true);
      expect(await store.usedStates.consume("a", NOON + 2000)).toBe(false);
    });

    it("are good for one of many that come at once", async () => {
      const { store } = await setUp();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => store.usedStates.consume("a", NOON + 1000)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
    });

    it("are refused once expired, and forgotten", async () => {
      const { store, clock } = await setUp();
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(true);
      expect(await store.usedStates.consume("c", NOON)).toBe(false);
      clock.now += 1000;
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(false);
      expect(await store.usedStates.consume("b", NOON + 2000)).toBe(true);
      // Only a state that is forgotten could be taken up again under a later expiry.
      expect(await store.usedStates.consume("a", NOON + 2000)).toBe(true);
    });
  });
}
