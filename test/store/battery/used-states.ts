import { describe, expect, it } from "vitest";
import { NOON } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function usedStateTests({ name, setUp }: Engine): void {
  describe(`${name}: used states`, () => {
    it("are valid once", async () => {
      const { store } = await setUp();
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(true);
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(false);
      expect(await store.usedStates.consume("b", NOON + 1000)).toBe(true);
      expect(await store.usedStates.consume("a", NOON + 2000)).toBe(false);
    });

    it("are valid for one of many callers at the same time", async () => {
      const { store } = await setUp();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => store.usedStates.consume("a", NOON + 1000)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
    });

    it("are invalid once expired, and are then deleted", async () => {
      const { store, clock } = await setUp();
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(true);
      expect(await store.usedStates.consume("c", NOON)).toBe(false);
      clock.now += 1000;
      expect(await store.usedStates.consume("a", NOON + 1000)).toBe(false);
      expect(await store.usedStates.consume("b", NOON + 2000)).toBe(true);
      // It can be used with a later expiry only because it was deleted.
      expect(await store.usedStates.consume("a", NOON + 2000)).toBe(true);
    });
  });
}
