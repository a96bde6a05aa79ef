import { describe, expect, it } from "vitest";
import { NOON, user } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function storeTests({ name, setUp, setUpFirms }: Engine): void {
  describe(`${name}: the store itself`, () => {
    it("keeps everything when it is closed", async () => {
      const { store, open } = await setUpFirms();
      const connection = await store.connections.save(user("us-1", 350));
      const { id, key } = await store.apiKeys.create("us-1", "Front desk");
      await store.usedStates.consume("a", NOON + 1000);
      const firms = await store.firms.list();
      await store.close();

      const again = await open();
      expect(await again.firms.list()).toEqual(firms);
      expect(await again.connections.listByFirm("us-1")).toEqual([connection]);
      expect(await again.apiKeys.verify(key)).toEqual({ firmId: "us-1", keyId: id });
      expect(await again.usedStates.consume("a", NOON + 1000)).toBe(false);
    });

    it("responds to a ping until it is closed, and can be closed twice", async () => {
      const { store } = await setUp();
      await store.ping();
      await store.close();
      await store.close();
      await expect(store.ping()).rejects.toThrow();
      await expect(store.firms.count()).rejects.toThrow();
    });

    it("accepts many writes at the same time", async () => {
      const { store } = await setUpFirms();
      await Promise.all([
        ...Array.from({ length: 30 }, (_, index) => store.connections.save(user("us-1", 400 + index))),
        ...Array.from({ length: 30 }, (_, index) => store.apiKeys.create("us-2", `key ${index}`)),
        ...Array.from({ length: 10 }, (_, index) =>
          store.firms.admit({ region: "ca", accountId: index, name: "x" }, { onlyFirst: false }),
        ),
      ]);
      expect(await store.connections.listByFirm("us-1")).toHaveLength(30);
      expect(await store.apiKeys.listByFirm("us-2")).toHaveLength(30);
      expect(await store.firms.count()).toBe(12);
    });
  });
}
