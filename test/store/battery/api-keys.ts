import { describe, expect, it } from "vitest";
import { KeyNameTakenError } from "../../../src/store/repositories/api-keys.ts";
import { NOON } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function apiKeyTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: API keys`, () => {
    it("identify the firm they were created for", async () => {
      const { store } = await setUpFirms();
      const doe = await store.apiKeys.create("us-1", "Front desk");
      const roe = await store.apiKeys.create("us-2", "Front desk");
      expect(doe.key).toMatch(/^ccr_[0-9a-f]{12}_[\w-]{43}$/);
      expect(doe.key).toContain(`_${doe.id}_`);
      expect(await store.apiKeys.verify(doe.key)).toEqual({ firmId: "us-1", keyId: doe.id });
      expect(await store.apiKeys.verify(roe.key)).toEqual({ firmId: "us-2", keyId: roe.id });
    });

    it("are valid with any base64url character in the secret", async () => {
      const { store } = await setUpFirms();
      const created = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.apiKeys.create("us-1", `x${index}`)),
      );
      expect(created.some(({ key }) => key.slice(17).includes("_"))).toBe(true);
      for (const { id, key } of created) expect((await store.apiKeys.verify(key))?.keyId).toBe(id);
    });

    it("are invalid if anything is changed, cut off, added or mixed up", async () => {
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

    it("are listed oldest first, with their last use and without the secret", async () => {
      const { store, clock } = await setUpFirms();
      const first = await store.apiKeys.create("us-1", "Front desk");
      clock.now += 1000;
      const second = await store.apiKeys.create("us-1", "Night line");
      await store.apiKeys.create("us-2", "Another firm's");
      await store.apiKeys.recordUse("us-1", first.id, NOON + 5000);
      await store.apiKeys.recordUse("us-1", first.id, NOON + 4000);
      await store.apiKeys.recordUse("us-1", "no such key", NOON);
      await store.apiKeys.recordUse("us-2", second.id, NOON);
      expect(await store.apiKeys.listByFirm("us-1")).toEqual([
        { id: first.id, firmId: "us-1", name: "Front desk", createdAt: NOON, lastUsedAt: NOON + 5000 },
        { id: second.id, firmId: "us-1", name: "Night line", createdAt: NOON + 1000, lastUsedAt: null },
      ]);
    });

    it("are listed in order of creation, whatever their IDs", async () => {
      const { store, clock } = await setUpFirms();
      const created: string[] = [];
      for (; created.length < 10; clock.now++)
        created.push((await store.apiKeys.create("us-1", `x${created.length}`)).id);
      expect((await store.apiKeys.listByFirm("us-1")).map(({ id }) => id)).toEqual(created);
    });

    it("have names that are unique in their firm, apart from capitals and spaces", async () => {
      const { store } = await setUpFirms();
      const { id } = await store.apiKeys.create("us-1", "Front desk");
      for (const name of ["Front desk", "front DESK", "  Front   desk ", "Front\u00a0desk"])
        await expect(store.apiKeys.create("us-1", name), name).rejects.toThrow(KeyNameTakenError);
      expect(await store.apiKeys.listByFirm("us-1")).toHaveLength(1);
      await store.apiKeys.create("us-2", "Front desk");
      await store.apiKeys.create("us-1", "Front desks");
      await store.apiKeys.revoke("us-1", id);
      await store.apiKeys.create("us-1", "Front desk");
    });

    it("are created once if several processes create one with the same name at the same time", async () => {
      const { store, open } = await setUpFirms();
      const stores = [store, await open(), await open()];
      const creations = Array.from({ length: 12 }, (_, index) =>
        stores[index % 3]?.apiKeys.create("us-1", index % 2 ? "Night line" : "night line"),
      );
      const outcomes = await Promise.allSettled(creations);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(KeyNameTakenError);
      expect(await store.apiKeys.listByFirm("us-1")).toHaveLength(1);
    });

    it("can only be revoked by their own firm", async () => {
      const { store } = await setUpFirms();
      const { id, key } = await store.apiKeys.create("us-1", "Front desk");
      await store.apiKeys.revoke("us-2", id);
      expect(await store.apiKeys.verify(key)).not.toBeNull();
      await store.apiKeys.revoke("us-1", id);
      await store.apiKeys.revoke("us-1", id);
      expect(await store.apiKeys.verify(key)).toBeNull();
      expect(await store.apiKeys.listByFirm("us-1")).toEqual([]);
    });

    it("are recent once they were verified, until they are revoked or their firm is removed", async () => {
      const { store } = await setUpFirms();
      const { id, key } = await store.apiKeys.create("us-1", "Front desk");
      const other = await store.apiKeys.create("us-2", "Front desk");
      expect(store.apiKeys.findRecent(key)).toBeNull();
      await store.apiKeys.verify(key);
      expect(store.apiKeys.findRecent(key)).toMatchObject({ firmId: "us-1", keyId: id });
      await store.apiKeys.revoke("us-1", id);
      expect(store.apiKeys.findRecent(key)).toBeNull();
      await store.apiKeys.verify(other.key);
      await store.firms.remove("us-2");
      expect(store.apiKeys.findRecent(other.key)).toBeNull();
    });

    it("can't be created for a firm that isn't admitted", async () => {
      const { store } = await setUpFirms();
      await expect(store.apiKeys.create("us-3", "Front desk")).rejects.toThrow();
    });
  });
}
