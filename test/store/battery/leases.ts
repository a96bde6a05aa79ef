import { describe, expect, it } from "vitest";
import type { Engine } from "./setup.ts";

export function leaseTests({ name, setUp }: Engine): void {
  describe(`${name}: leases`, () => {
    it("are one holder's at a time", async () => {
      const { store } = await setUp();
      expect(await store.leases.take("mirror us-1", "a", 1000)).toBe(true);
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(false);
      expect(await store.leases.take("mirror us-2", "b", 1000)).toBe(true);
      expect(await store.leases.take("mirror us-2", "a", 1000)).toBe(false);
    });

    it("last longer when their holder takes them again", async () => {
      const { store, clock } = await setUp();
      await store.leases.take("mirror us-1", "a", 1000);
      clock.now += 600;
      expect(await store.leases.take("mirror us-1", "a", 1000)).toBe(true);
      clock.now += 600;
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(false);
      clock.now += 399;
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(false);
    });

    it("are taken over when their time is up, and not a moment before", async () => {
      const { store, clock } = await setUp();
      await store.leases.take("mirror us-1", "a", 1000);
      clock.now += 999;
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(false);
      clock.now += 1;
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(true);
      expect(await store.leases.take("mirror us-1", "a", 1000)).toBe(false);
      // For a time of the new holder's own.
      clock.now += 999;
      expect(await store.leases.take("mirror us-1", "a", 1000)).toBe(false);
    });

    it("are free once they are given back, by their holder alone", async () => {
      const { store } = await setUp();
      await store.leases.take("mirror us-1", "a", 1000);
      await store.leases.take("mirror us-2", "a", 1000);
      await store.leases.release("mirror us-1", "b");
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(false);
      await store.leases.release("mirror us-1", "a");
      await store.leases.release("mirror us-1", "a");
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(true);
      expect(await store.leases.take("mirror us-2", "b", 1000)).toBe(false);
    });

    it("are not given back by whoever lost them meanwhile", async () => {
      const { store, clock } = await setUp();
      await store.leases.take("mirror us-1", "a", 1000);
      clock.now += 1000;
      await store.leases.take("mirror us-1", "b", 1000);
      await store.leases.release("mirror us-1", "a");
      expect(await store.leases.take("mirror us-1", "a", 1000)).toBe(false);
    });

    it("go to one of many that come at the same moment, the free and the abandoned", async () => {
      const { store, clock, open } = await setUp();
      const another = await open();
      const takers = Array.from({ length: 20 }, (_, at) => ({
        at,
        leases: (at % 2 ? another : store).leases,
      }));
      const takeAll = () =>
        Promise.all(takers.map(({ at, leases }) => leases.take("mirror us-1", `holder ${at}`, 1000)));
      expect((await takeAll()).filter(Boolean)).toHaveLength(1);
      clock.now += 1000;
      expect((await takeAll()).filter(Boolean)).toHaveLength(1);
    });

    it("outlast a close: whoever died holds them until their time is up", async () => {
      const { store, clock, open } = await setUp();
      await store.leases.take("mirror us-1", "a", 1000);
      await store.close();
      const again = await open();
      expect(await again.leases.take("mirror us-1", "b", 1000)).toBe(false);
      clock.now += 1000;
      expect(await again.leases.take("mirror us-1", "b", 1000)).toBe(true);
    });
  });
}
