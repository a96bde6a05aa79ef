import { describe, expect, it } from "vitest";
import type { Engine } from "./setup.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

export function rateLimitWindowTests({ name, setUp }: Engine): void {
  describe(`${name}: rate limit windows`, () => {
    it("allow each token Clio's lowest limit until a response says more, over all processes", async () => {
      const { store, clock, open } = await setUp();
      const stores = [store, await open()];
      const takes = await Promise.all(
        Array.from({ length: 70 }, (_, at) => stores[at % 2]?.rateLimitWindows.take("a", 0)),
      );
      expect(takes.filter((wait) => wait === 0)).toHaveLength(50);
      // A response may soon say more.
      for (const wait of takes) expect(wait).toBeLessThan(SECOND_MS);
      expect(await store.rateLimitWindows.take("b", 0)).toBe(0);

      clock.now += MINUTE_MS;
      expect(await store.rateLimitWindows.take("a", 0)).toBe(0);
    });

    it("leave reserved requests to others", async () => {
      const { store } = await setUp();
      const { rateLimitWindows } = store;
      for (let taken = 0; taken < 30; taken++) expect(await rateLimitWindows.take("a", 20)).toBe(0);
      expect(await rateLimitWindows.take("a", 20)).toBeGreaterThan(0);
      expect(await rateLimitWindows.take("a", 5)).toBe(0);
    });

    it("use the lowest figure within a window, and any figure of the next one", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      const record = (remaining: number, reset: number) =>
        rateLimitWindows.record("a", { remaining, limit: 100, reset, endsAt: clock.now + 10 * SECOND_MS });
      await rateLimitWindows.take("a", 0);
      await record(3, 1_000);
      await record(7, 1_000);
      expect(await takeUntilRefused(rateLimitWindows, "a")).toBe(3);
      await record(2, 1_060);
      expect(await takeUntilRefused(rateLimitWindows, "a")).toBe(2);
      // A late response from the window before.
      await record(9, 1_000);
      expect(await takeUntilRefused(rateLimitWindows, "a")).toBe(0);
      clock.now += 10 * SECOND_MS;
      expect(await takeUntilRefused(rateLimitWindows, "a")).toBe(100);
    });

    it("include requests that are still on their way when the first response arrives", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      for (let taken = 0; taken < 50; taken++) await rateLimitWindows.take("a", 0);
      await rateLimitWindows.record("a", {
        remaining: 99,
        limit: 100,
        reset: 1_000,
        endsAt: clock.now + SECOND_MS,
      });
      expect(await takeUntilRefused(rateLimitWindows, "a")).toBe(50);
      expect(await rateLimitWindows.take("a", 0)).toBe(SECOND_MS);
    });

    it("ignore a late response from the window before", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      const record = (remaining: number, reset: number) =>
        rateLimitWindows.record("a", { remaining, limit: 50, reset, endsAt: clock.now + SECOND_MS });
      await rateLimitWindows.take("a", 0);
      await record(30, 1_000);
      clock.now += SECOND_MS;
      expect(await takeUntilRefused(rateLimitWindows, "a")).toBe(50);
      await record(3, 1_000);
      clock.now += SECOND_MS;
      expect(await rateLimitWindows.take("a", 0)).toBeGreaterThan(0);
    });

    it("are blocked for as long as Clio says", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      await rateLimitWindows.take("a", 0);
      await rateLimitWindows.block("a", clock.now + 30 * SECOND_MS);
      expect(await rateLimitWindows.take("a", 0)).toBe(30 * SECOND_MS);
      clock.now += 29 * SECOND_MS;
      expect(await rateLimitWindows.take("a", 0)).toBe(SECOND_MS);
      clock.now += SECOND_MS;
      expect(await rateLimitWindows.take("a", 0)).toBe(0);
    });

    it("are unlimited while responses have no rate limit headers", async () => {
      const { store, clock } = await setUp();
      const { rateLimitWindows } = store;
      await rateLimitWindows.take("a", 0);
      await rateLimitWindows.recordUnlimited("a");
      expect(await takeUntilRefused(rateLimitWindows, "a", 200)).toBe(200);
      await rateLimitWindows.record("a", {
        remaining: 1,
        limit: 50,
        reset: 1_000,
        endsAt: clock.now + SECOND_MS,
      });
      expect(await takeUntilRefused(rateLimitWindows, "a")).toBe(1);
      await rateLimitWindows.recordUnlimited("a");
      expect(await rateLimitWindows.take("a", 0)).toBe(SECOND_MS);
    });
  });
}

async function takeUntilRefused(
  windows: { take(token: string, reservedRequests: number): Promise<number> },
  token: string,
  maxRequests = 150,
): Promise<number> {
  for (let taken = 0; taken < maxRequests; taken++) if ((await windows.take(token, 0)) > 0) return taken;
  return maxRequests;
}
