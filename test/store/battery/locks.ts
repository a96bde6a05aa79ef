import { describe, expect, it } from "vitest";
import type { Engine } from "./setup.ts";

export function turnTests({ name, setUp }: Engine): void {
  describe(`${name}: turns`, () => {
    it("are one at a time, in as many stores as there are", async () => {
      const { store, open } = await setUp();
      // An embedded store is one process's.
      const stores = name === "SQLite" ? [store] : [store, await open(), await open()];
      let underWay = 0;
      const most: number[] = [];
      const work = async () => {
        most.push(++underWay);
        for (const _ of [1, 2, 3]) await store.ping();
        underWay--;
        return "done";
      };
      const all = Array.from({ length: 12 }, (_, at) =>
        stores[at % stores.length]?.locks.withLock("a", work),
      );
      expect(new Set(await Promise.all(all))).toEqual(new Set(["done"]));
      expect(most).toEqual(all.map(() => 1));
    });

    it("of different names do not wait for each other", async () => {
      const { store } = await setUp();
      let inside = () => {};
      const bothInside = new Promise<void>((resolve) => {
        inside = resolve;
      });
      await Promise.all([
        store.locks.withLock("a", () => bothInside),
        store.locks.withLock("b", async () => inside()),
      ]);
    });

    it("pass on the error of the work, and the next one has its turn", async () => {
      const { store } = await setUp();
      const failing = store.locks.withLock("a", () => Promise.reject(new Error("no")));
      const next = store.locks.withLock("a", async () => "yes");
      await expect(failing).rejects.toThrow("no");
      expect(await next).toBe("yes");
    });
  });
}
