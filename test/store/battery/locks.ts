import { describe, expect, it } from "vitest";
import type { Engine } from "./setup.ts";

export function lockTests({ name, setUp }: Engine): void {
  describe(`${name}: locks`, () => {
    it("are held by one at a time, over all processes", async () => {
      const { store, open } = await setUp();
      // Only one process uses an SQLite store.
      const stores = name === "SQLite" ? [store] : [store, await open(), await open()];
      let running = 0;
      const runningAtStart: number[] = [];
      const work = async () => {
        runningAtStart.push(++running);
        for (const _ of [1, 2, 3]) await store.ping();
        running--;
        return "done";
      };
      const all = Array.from({ length: 12 }, (_, at) =>
        stores[at % stores.length]?.locks.withLock("a", work),
      );
      expect(new Set(await Promise.all(all))).toEqual(new Set(["done"]));
      expect(runningAtStart).toEqual(all.map(() => 1));
    });

    it("with different names don't wait for each other", async () => {
      const { store } = await setUp();
      let signalInside = () => {};
      const bothInside = new Promise<void>((resolve) => {
        signalInside = resolve;
      });
      await Promise.all([
        store.locks.withLock("a", () => bothInside),
        store.locks.withLock("b", async () => signalInside()),
      ]);
    });

    it("pass on the error of the work, and are then free for the next", async () => {
      const { store } = await setUp();
      const failing = store.locks.withLock("a", () => Promise.reject(new Error("no")));
      const next = store.locks.withLock("a", async () => "yes");
      await expect(failing).rejects.toThrow("no");
      expect(await next).toBe("yes");
    });
  });
}
