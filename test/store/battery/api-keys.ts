import { describe, expect, it } from "vitest";
import { NOON } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function bearerKeyTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: bearer keys`, () => {
    it("are known again, by the firm they were made for", async () => {
      const { store } = await setUpFirms();
      const doe = await store.apiKeys.create("us-1", "Front desk");
      const roe = await store.apiKeys.create("us-2", "Front desk");
      expect(doe.key).toMatch(/^ccr_[0-9a-f]{12}_[\w-]{43}$/);
      expect(doe.key).toContain(`_${doe.id}_`);
      expect(await store.apiKeys.verify(doe.key)).toEqual({ firmId: "us-1", keyId: doe.id });
      expect(await store.apiKeys.verify(roe.key)).toEqual({ firmId: "us-2", keyId: roe.id });
    });

    it("work whatever base64url brings", async () => {
      const { store } = await setUpFirms();
      const made = await Promise.all(Array.from({ length: 50 }, () => store.apiKeys.create("us-1", "x")));
      expect(made.some(({ key }) => key.slice(17).includes("_"))).toBe(true);
      for (const { id, key } of made) expect((await store.apiKeys.verify(key))?.keyId).toBe(id);
    });

    it("are refused with anything changed, cut, added, or mixed", async () => {
      const { store } = await setUpFirms();
      const { id, key } = await store.apiKeys.create("us-1", "Front desk");
      const other = await store.apiKeys.create("us-1", "Night line");
      const secret = key.slice(17);
      const wrong = [
        "",
        id,
        key.slice(0, -1),
        `${key}A`,
        ` ${key}`,
        `${key}\n`,
        key.toUpperCase(),
        `ccr_${other.id}_${secret}`,
        `ccr_${"0".repeat(12)}_${secret}`,
        `ccr_${id}_${secret.startsWith("A") ? "B" : "A"}${secret.slice(1)}`,
        `ccr_${id}_${"A".repeat(43)}`,
      ];
      for (const candidate of wrong) expect(await store.apiKeys.verify(candidate)).toBeNull();
    });

    it("are listed without the secret, oldest first, with their last use", async () => {
      const { store, clock } = await setUpFirms();
      const first = await store.apiKeys.create("us-1", "Front desk");
      clock.now += 1000;
      const second = await store.apiKeys.create("us-1", "Night line");
      await store.apiKeys.create("us-2", "Another firm's");
      await store.apiKeys.recordUse("us-1", first.id, NOON + 5000);
      await store.apiKeys.recordUse("us-1", first.id, NOON + 4000);
      await store.apiKeys.recordUse("us-1", "no such key", NOON);
      await store.apiKeys.recordUse("us-2", second.id, NOON);
      expect(await store.apiKeys.ofFirm("us-1")).toEqual([
        { id: first.id, firmId: "us-1", name: "Front desk", createdAt: NOON, lastUsedAt: NOON + 5000 },
        { id: second.id, firmId: "us-1", name: "Night line", createdAt: NOON + 1000, lastUsedAt: null },
      ]);
    });

    it("are listed in the order in which they were made, whatever their ids", async () => {
      const { store, clock } = await setUpFirms();
      const made: string[] = [];
      for (; made.length < 10; clock.now++) made.push((await store.apiKeys.create("us-1", "x")).id);
      expect((await store.apiKeys.ofFirm("us-1")).map(({ id }) => id)).toEqual(made);
    });

    it("are revoked by their own firm alone", async () => {
      const { store } = await setUpFirms();
      const { id, key } = await store.apiKeys.create("us-1", "Front desk");
      await store.apiKeys.revoke("us-2", id);
      expect(await store.apiKeys.verify(key)).not.toBeNull();
      await store.apiKeys.revoke("us-1", id);
      await store.apiKeys.revoke("us-1", id);
      expect(await store.apiKeys.verify(key)).toBeNull();
      expect(await store.apiKeys.ofFirm("us-1")).toEqual([]);
    });

    it("are not made for a firm that is not admitted", async () => {
      const { store } = await setUpFirms();
      await expect(store.apiKeys.create("us-3", "Front desk")).rejects.toThrow();
    });
  });
}
