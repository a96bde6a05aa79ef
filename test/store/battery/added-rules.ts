import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { NOON } from "../fixtures.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

const FELIX = { name: "Felix Dubinsky", destination: "+16285550160", extension: null };
const BEA = { name: "Bea Whitlock", destination: "+14155550103", extension: "7" };

export function addedRuleTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: rules added to Upfirst`, () => {
    it("are returned as they were added, with the time, by person", async () => {
      const { store } = await setUpFirms();
      const { addedRules } = store;
      expect(await addedRules.listByFirm("us-1")).toEqual([]);
      await addedRules.put("us-1", { personId: 351, values: BEA, addedBy: 350 });
      await addedRules.put("us-1", { personId: 350, values: FELIX, addedBy: 351 });
      expect(await addedRules.listByFirm("us-1")).toEqual([
        { personId: 350, values: FELIX, addedAt: NOON, addedBy: 351 },
        { personId: 351, values: BEA, addedAt: NOON, addedBy: 350 },
      ]);
    });

    it("are replaced when added again, and removed one by one", async () => {
      const { store, clock } = await setUpFirms();
      const { addedRules } = store;
      for (const personId of [350, 351])
        await addedRules.put("us-1", { personId, values: FELIX, addedBy: 350 });
      clock.now += 1000;
      await addedRules.put("us-1", { personId: 350, values: BEA, addedBy: 352 });
      await addedRules.remove("us-1", 351);
      await addedRules.remove("us-1", 999);
      expect(await addedRules.listByFirm("us-1")).toEqual([
        { personId: 350, values: BEA, addedAt: NOON + 1000, addedBy: 352 },
      ]);
    });

    it("belong to one firm, and are deleted with it and its key", async () => {
      const { store } = await setUpFirms();
      const { addedRules, firmKeys, firms } = store;
      for (const firmId of ["us-1", "us-2"])
        await addedRules.put(firmId, {
          personId: 350,
          values: firmId === "us-1" ? FELIX : BEA,
          addedBy: 350,
        });
      await addedRules.remove("us-1", 351);
      expect(await addedRules.listByFirm("us-2")).toMatchObject([{ values: BEA }]);
      await firms.remove("us-1");
      expect(await addedRules.listByFirm("us-1")).toEqual([]);
      expect(await firmKeys.existingCipher("us-1")).toBeNull();
      expect(await addedRules.listByFirm("us-2")).toMatchObject([{ values: BEA }]);
      await expect(addedRules.put("us-1", { personId: 350, values: FELIX, addedBy: 350 })).rejects.toThrow();
    });

    it("are encrypted, and don't decrypt in another person's row or another firm's", async () => {
      const { store, runSql } = await setUpFirms();
      const { addedRules } = store;
      await addedRules.put("us-1", { personId: 350, values: FELIX, addedBy: 350 });
      await addedRules.put("us-2", { personId: 350, values: BEA, addedBy: 350 });
      const felix = "(select sealed from added_rules where firm_id = 'us-1')";
      await runSql(`update added_rules set sealed = ${felix} where firm_id = 'us-2'`);
      expect(await addedRules.listByFirm("us-2")).toEqual([]);
      await runSql("update added_rules set user_id = 351 where firm_id = 'us-1'");
      expect(await addedRules.listByFirm("us-1")).toEqual([]);
    });

    it("stay readable when the secret key is replaced", async () => {
      const { store, open } = await setUpFirms();
      await store.addedRules.put("us-1", { personId: 350, values: FELIX, addedBy: 350 });
      await store.close();
      await (await open(createSealer([NEW_KEY, OLD_KEY]))).close();
      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await onlyNew.addedRules.listByFirm("us-1")).toMatchObject([{ values: FELIX }]);
    });

    it("count as not added without the secret key, and can be added again", async () => {
      const { store, open } = await setUpFirms();
      for (const personId of [350, 351])
        await store.addedRules.put("us-1", { personId, values: FELIX, addedBy: 350 });
      await store.close();
      const { addedRules } = await open(createSealer([NEW_KEY]));
      expect(await addedRules.listByFirm("us-1")).toEqual([]);
      await addedRules.put("us-1", { personId: 350, values: BEA, addedBy: 350 });
      expect(await addedRules.listByFirm("us-1")).toMatchObject([{ personId: 350, values: BEA }]);
    });

    it("share one key, even if two processes create it at the same time", async () => {
      const { store, open } = await setUpFirms();
      const other = await open();
      await Promise.all(
        [store, other, store, other].map(({ addedRules }, at) =>
          addedRules.put("us-1", { personId: at, values: FELIX, addedBy: 350 }),
        ),
      );
      expect(await other.addedRules.listByFirm("us-1")).toHaveLength(4);
    });
  });
}
