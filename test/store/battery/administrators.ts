import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import type { Store } from "../../../src/store/store.ts";
import { user } from "../fixtures.ts";
import { type Engine, NEW_KEY } from "./setup.ts";

export function administratorTests({ name, setUp, setUpFirms }: Engine): void {
  describe(`${name}: administrators`, () => {
    const DOE = { region: "us", accountId: 1, name: "Doe LLP" };

    /** A firm that user 350 admitted, with the connected users 350, 351 and 352. */
    async function setUpUsers() {
      const opened = await setUp();
      const { firms, connections, administrators } = opened.store;
      await firms.admit(DOE, { onlyFirst: false, admittedBy: 350 });
      const generations = new Map<number, number>();
      for (const userId of [350, 351, 352])
        generations.set(userId, (await connections.save(user("us-1", userId))).generation);
      const revoke = (userId: number) => connections.revoke("us-1", userId, generations.get(userId) ?? 0);
      return { ...opened, connections, administrators, revoke };
    }

    const connectedIn = async ({ administrators }: Store) =>
      (await administrators.countByFirm()).get("us-1") ?? 0;

    it("are none at first", async () => {
      const { store } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      expect(await store.administrators.roleOf("us-1", 350)).toBeNull();
      expect(await store.administrators.listByFirm("us-1")).toEqual(new Map());
      expect(await store.administrators.countByFirm()).toEqual(new Map());
    });

    it("include the user who admitted the firm, and keep being it after a reconnect", async () => {
      const { store, administrators, connections } = await setUpUsers();
      expect(await administrators.appointAdmitter("us-1", 351)).toBe(false);
      expect(await administrators.appointAdmitter("us-1", 350)).toBe(true);
      expect(await administrators.appointAdmitter("us-1", 350)).toBe(false);
      await connections.save(user("us-1", 350));
      expect(await administrators.listByFirm("us-1")).toEqual(new Map([[350, "named"]]));
      expect(await connectedIn(store)).toBe(1);
    });

    it("admission by someone else afterwards changes nothing", async () => {
      const { store, administrators } = await setUpUsers();
      expect(await store.firms.admit(DOE, { onlyFirst: false, admittedBy: 351 })).toBe("already admitted");
      expect(await administrators.appointAdmitter("us-1", 351)).toBe(false);
      expect(await administrators.appointAdmitter("us-1", 350)).toBe(true);
    });

    it("the admitting user comes back only while no other administrator is connected", async () => {
      const { administrators, connections, revoke } = await setUpUsers();
      await administrators.appointAdmitter("us-1", 350);
      await administrators.add("us-1", 351);
      await connections.remove("us-1", 350);
      await connections.save(user("us-1", 350));
      expect(await administrators.appointAdmitter("us-1", 350)).toBe(false);
      expect(await administrators.roleOf("us-1", 350)).toBeNull();

      await revoke(351);
      expect(await administrators.appointAdmitter("us-1", 350)).toBe(true);
    });

    it("the admitting user doesn't come back once an administrator has removed them", async () => {
      const { administrators, connections } = await setUpUsers();
      await administrators.appointAdmitter("us-1", 350);
      await administrators.add("us-1", 351);
      expect(await administrators.remove("us-1", 350)).toBe("removed");
      await connections.remove("us-1", 351);
      expect(await administrators.appointAdmitter("us-1", 350)).toBe(false);
    });

    it("are chosen from the connected users of the firm", async () => {
      const { store, administrators, revoke } = await setUpUsers();
      await store.firms.admit({ ...DOE, accountId: 2 }, { onlyFirst: false });
      await revoke(352);
      expect(await administrators.add("us-1", 351)).toBe(true);
      expect(await administrators.add("us-1", 352)).toBe(false);
      expect(await administrators.add("us-1", 999)).toBe(false);
      expect(await administrators.add("us-2", 351)).toBe(false);
      expect([...(await administrators.listByFirm("us-1")).keys()]).toEqual([351]);
      expect(await administrators.listByFirm("us-2")).toEqual(new Map());
    });

    it("include the account owner according to Clio, whom no one can remove", async () => {
      const { administrators } = await setUpUsers();
      await administrators.add("us-1", 350);
      await administrators.add("us-1", 351);
      await administrators.setAccountOwner("us-1", 351, true);
      await administrators.setAccountOwner("us-1", 999, true);
      expect(await administrators.roleOf("us-1", 351)).toBe("account_owner");
      expect(await administrators.remove("us-1", 351)).toBe("unchanged");
      await administrators.setAccountOwner("us-1", 351, false);
      expect(await administrators.roleOf("us-1", 351)).toBe("named");
      expect(await administrators.remove("us-1", 351)).toBe("removed");
      expect(await administrators.roleOf("us-1", 351)).toBeNull();
    });

    it("never lose the last one that is connected", async () => {
      const { administrators, revoke } = await setUpUsers();
      await administrators.add("us-1", 350);
      await administrators.add("us-1", 351);
      expect(await administrators.remove("us-1", 352)).toBe("unchanged");
      await revoke(351);
      expect(await administrators.remove("us-1", 350)).toBe("last");
      // A user who is no longer connected can be removed.
      expect(await administrators.remove("us-1", 351)).toBe("removed");
      expect(await administrators.roleOf("us-1", 350)).toBe("named");
    });

    it("never lose the last one when two remove each other at the same time", async () => {
      const { store, administrators } = await setUpUsers();
      for (let round = 0; round < 5; round++) {
        await administrators.add("us-1", 350);
        await administrators.add("us-1", 351);
        const outcomes = await Promise.all([350, 351].map((id) => administrators.remove("us-1", id)));
        expect(outcomes.toSorted()).toEqual(["last", "removed"]);
        expect(await connectedIn(store)).toBe(1);
      }
    });

    it("count only while they are connected and their connection can be decrypted", async () => {
      const { store, open, administrators, revoke, connections } = await setUpUsers();
      await administrators.add("us-1", 350);
      await administrators.add("us-1", 351);
      await revoke(350);
      expect(await administrators.roleOf("us-1", 350)).toBeNull();
      expect([...(await administrators.listByFirm("us-1")).keys()].toSorted()).toEqual([350, 351]);
      expect(await connectedIn(store)).toBe(1);

      const other = await open(createSealer([NEW_KEY]));
      expect(await other.administrators.roleOf("us-1", 351)).toBeNull();
      expect(await connectedIn(other)).toBe(0);
      expect(await other.administrators.add("us-1", 352)).toBe(false);

      await connections.save(user("us-1", 350));
      expect(await administrators.roleOf("us-1", 350)).toBe("named");
      await connections.remove("us-1", 350);
      await connections.save(user("us-1", 350));
      expect(await administrators.roleOf("us-1", 350)).toBeNull();
    });
  });
}
