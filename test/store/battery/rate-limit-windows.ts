import { describe, expect, it } from "vitest";
import type { Engine } from "./setup.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export function clioWindowTests({ name, setUp }: Engine): void {
  describe(`${name}: Clio's windows`, () => {
    it("give each token the fewest requests that Clio allows until an answer says more, whoever takes them", async () => {
      const { store, clock, open } = await setUp();
      const stores = [store, await open()];
      const takes = await Promise.all(
        Array.from({ length: 70 }, (_, at) => stores[at % 2]?.rateLimitWindows.take("a", 0)),
      );
      expect(takes.filter((wait) => wait === 0)).toHaveLength(50);
      // Soon an answer may say more.
      for (const wait of takes) expect(wait).toBeLessThan(SECOND);
      expect(await store.rateLimitWindows.take("b", 0)).toBe(0);

      clock.now += MINUTE;
      expect(await store.rateLimitWindows.take("a", 0)).toBe(0);
    });

    it("leave for others what has to be left", async () => {
      const { store } = await setUp();
      const { rateLimitWindows } = store;
      for (let taken = 0; taken < 30; taken++) expect(await rateLimitWindows.take("a", 20)).toBe(0);
      expect(await rateLimitWindows.take("a", 20)).toBeGreaterThan(0);
      expect(await rateLimitWindows.take("a", 5)).toBe(0);
    });

    it("keep the lowest figure of a window, and take every figure of the next one", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      const seen = (remaining: number, reset: number) =>
        rateLimitWindows.record("a", { remaining, most: 100, reset, opensAt: clock.now + 10 * SECOND });
      await rateLimitWindows.take("a", 0);
      await seen(3, 1_000);
      await seen(7, 1_000);
      expect(await takenInARow(rateLimitWindows, "a")).toBe(3);
      await seen(2, 1_060);
      expect(await takenInARow(rateLimitWindows, "a")).toBe(2);
      // An answer of the window before, which was overtaken.
      await seen(9, 1_000);
      expect(await takenInARow(rateLimitWindows, "a")).toBe(0);
      clock.now += 10 * SECOND;
      expect(await takenInARow(rateLimitWindows, "a")).toBe(100);
    });

    it("count what is on its way when the first answer comes, of however many that are", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      for (let taken = 0; taken < 50; taken++) await rateLimitWindows.take("a", 0);
      await rateLimitWindows.record("a", {
        remaining: 99,
        most: 100,
        reset: 1_000,
        opensAt: clock.now + SECOND,
      });
      expect(await takenInARow(rateLimitWindows, "a")).toBe(50);
      expect(await rateLimitWindows.take("a", 0)).toBe(SECOND);
    });

    it("hear nothing from an answer of the window before", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      const seen = (remaining: number, reset: number) =>
        rateLimitWindows.record("a", { remaining, most: 50, reset, opensAt: clock.now + SECOND });
      await rateLimitWindows.take("a", 0);
      await seen(30, 1_000);
      clock.now += SECOND;
      expect(await takenInARow(rateLimitWindows, "a")).toBe(50);
      await seen(3, 1_000);
      clock.now += SECOND;
      expect(await rateLimitWindows.take("a", 0)).toBeGreaterThan(0);
    });

    it("stay shut for as long as Clio says", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      await rateLimitWindows.take("a", 0);
      await rateLimitWindows.close("a", clock.now + 30 * SECOND);
      expect(await rateLimitWindows.take("a", 0)).toBe(30 * SECOND);
      clock.now += 29 * SECOND;
      expect(await rateLimitWindows.take("a", 0)).toBe(SECOND);
      clock.now += SECOND;
      expect(await rateLimitWindows.take("a", 0)).toBe(0);
    });

    it("are wide open where no answer speaks of a limit, until one does", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      await rateLimitWindows.take("a", 0);
      await rateLimitWindows.unlimited("a");
      expect(await takenInARow(rateLimitWindows, "a", 200)).toBe(200);
      await rateLimitWindows.record("a", {
        remaining: 1,
        most: 50,
        reset: 1_000,
        opensAt: clock.now + SECOND,
      });
      expect(await takenInARow(rateLimitWindows, "a")).toBe(1);
      await rateLimitWindows.unlimited("a");
      expect(await rateLimitWindows.take("a", 0)).toBe(SECOND);
    });
  });
}

async function takenInARow(
  windows: { take(token: string, leaves: number): Promise<number> },
  token: string,
  most = 150,
): Promise<number> {
  for (let taken = 0; taken < most; taken++) if ((await windows.take(token, 0)) > 0) return taken;
  return most;
}
