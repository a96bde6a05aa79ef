import { describe, expect, it } from "vitest";
import { NOON, user } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function firmTests({ name, setUp, setUpFirms }: Engine): void {
  describe(`${name}: firms`, () => {
    const DOE = { region: "us", accountId: 1, name: "Doe LLP" };
    const ROE = { region: "eu", accountId: 1, name: "Roe LLP" };

    it("are admitted once; a later admission updates the name", async () => {
      const { store, clock } = await setUp();
      expect(await store.firms.admit(DOE, { onlyFirst: false })).toBe("admitted");
      clock.now += 1000;
      expect(await store.firms.admit({ ...DOE, name: "Doe & Roe LLP" }, { onlyFirst: false })).toBe(
        "already admitted",
      );
      expect(await store.firms.list()).toEqual([
        {
          id: "us-1",
          region: "us",
          accountId: 1,
          name: "Doe & Roe LLP",
          admittedAt: NOON,
          lastCallAt: null,
          timeZone: null,
        },
      ]);
    });

    it("can have the same account ID in two regions", async () => {
      const { store } = await setUp();
      await store.firms.admit(DOE, { onlyFirst: false });
      expect(await store.firms.admit(ROE, { onlyFirst: false })).toBe("admitted");
      expect(await store.firms.find("us-1")).toMatchObject({ name: "Doe LLP" });
      expect(await store.firms.find("eu-1")).toMatchObject({ name: "Roe LLP" });
      expect(await store.firms.find("ca-1")).toBeNull();
    });

    it("with onlyFirst, the first can be admitted repeatedly, and no other", async () => {
      const { store } = await setUp();
      expect(await store.firms.admit(DOE, { onlyFirst: true })).toBe("admitted");
      expect(await store.firms.admit(DOE, { onlyFirst: true })).toBe("already admitted");
      expect(await store.firms.admit(ROE, { onlyFirst: true })).toBe("refused");
      expect(await store.firms.list()).toHaveLength(1);
      expect(await store.firms.admit(ROE, { onlyFirst: false })).toBe("admitted");
    });

    it("with onlyFirst, one is admitted of many at the same time", async () => {
      const { store } = await setUp();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.firms.admit({ ...DOE, accountId: 100 + index }, { onlyFirst: true }),
        ),
      );
      expect(answers.filter((answer) => answer === "admitted")).toHaveLength(1);
      expect(answers.filter((answer) => answer === "refused")).toHaveLength(19);
      expect(await store.firms.count()).toBe(1);
    });

    it("with onlyFirst, none is admitted after the first was removed", async () => {
      const { store, open } = await setUp();
      expect(await store.firms.wasAnyAdmitted()).toBe(false);
      expect(await store.firms.admit(ROE, { onlyFirst: false, invitation: "wrong" })).toBe("refused");
      expect(await store.firms.wasAnyAdmitted()).toBe(false);
      await store.firms.admit(DOE, { onlyFirst: false });
      await store.firms.remove("us-1");
      expect(await store.firms.count()).toBe(0);
      for (const each of [store, await open()]) {
        expect(await each.firms.wasAnyAdmitted()).toBe(true);
        expect(await each.firms.admit(DOE, { onlyFirst: true })).toBe("refused");
      }
      expect(await store.firms.admit(DOE, { onlyFirst: false })).toBe("admitted");
    });

    it("are counted and listed in order of admission", async () => {
      const { store, clock } = await setUp();
      expect(await store.firms.count()).toBe(0);
      expect(await store.firms.only()).toBe("none");
      await store.firms.admit({ ...DOE, accountId: 9_007_199_254_740_991 }, { onlyFirst: false });
      expect(await store.firms.only()).toMatchObject({
        id: "us-9007199254740991",
        accountId: 9_007_199_254_740_991,
      });
      clock.now += 1;
      await store.firms.admit(ROE, { onlyFirst: false });
      expect(await store.firms.only()).toBe("several");
      expect(await store.firms.count()).toBe(2);
      expect((await store.firms.list()).map(({ id }) => id)).toEqual(["us-9007199254740991", "eu-1"]);
    });

    it("have their latest call, in whatever order calls are recorded", async () => {
      const { store } = await setUpFirms();
      await store.firms.recordCall("us-1", NOON + 5000);
      await store.firms.recordCall("us-1", NOON + 4000);
      await store.firms.recordCall("us-3", NOON);
      expect((await store.firms.list()).map(({ lastCallAt }) => lastCallAt)).toEqual([NOON + 5000, null]);
      expect(await store.firms.admit({ ...DOE, name: "Doe" }, { onlyFirst: false })).toBe("already admitted");
      expect((await store.firms.find("us-1"))?.lastCallAt).toBe(NOON + 5000);
    });

    it("are removed with their own connections and keys, and no others", async () => {
      const { store } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-2", 351));
      const removed = await store.apiKeys.create("us-1", "Front desk");
      const kept = await store.apiKeys.create("us-2", "Front desk");

      await store.firms.remove("us-1");
      await store.firms.remove("us-3");

      expect(await store.firms.find("us-1")).toBeNull();
      expect(await store.connections.listByFirm("us-1")).toEqual([]);
      expect(await store.apiKeys.verify(removed.key)).toBeNull();
      expect(await store.connections.listByFirm("us-2")).toHaveLength(1);
      expect(await store.apiKeys.verify(kept.key)).toEqual({ firmId: "us-2", keyId: kept.id });
    });
  });
}
