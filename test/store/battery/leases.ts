import { describe, expect, it } from "vitest";
import { LeaseLostError } from "../../../src/store/coordination/leases.ts";
import { contact } from "./records.ts";
import type { Engine } from "./setup.ts";

export function leaseTests({ name, setUp, setUpFirms }: Engine): void {
  describe(`${name}: leases`, () => {
    it("have one holder at a time", async () => {
      const { store } = await setUp();
      expect(await store.leases.acquire("mirror us-1", "a", 1000)).toBe(true);
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(false);
      expect(await store.leases.acquire("mirror us-2", "b", 1000)).toBe(true);
      expect(await store.leases.acquire("mirror us-2", "a", 1000)).toBe(false);
    });

    it("are extended when their holder acquires them again", async () => {
      const { store, clock } = await setUp();
      await store.leases.acquire("mirror us-1", "a", 1000);
      clock.now += 600;
      expect(await store.leases.acquire("mirror us-1", "a", 1000)).toBe(true);
      clock.now += 600;
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(false);
      clock.now += 399;
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(false);
    });

    it("can be acquired by another holder once they have expired, and not a moment earlier", async () => {
      const { store, clock } = await setUp();
      await store.leases.acquire("mirror us-1", "a", 1000);
      clock.now += 999;
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(false);
      clock.now += 1;
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(true);
      expect(await store.leases.acquire("mirror us-1", "a", 1000)).toBe(false);
      // The new holder has it for the full duration.
      clock.now += 999;
      expect(await store.leases.acquire("mirror us-1", "a", 1000)).toBe(false);
    });

    it("are free once their holder, and no one else, releases them", async () => {
      const { store } = await setUp();
      await store.leases.acquire("mirror us-1", "a", 1000);
      await store.leases.acquire("mirror us-2", "a", 1000);
      await store.leases.release("mirror us-1", "b");
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(false);
      await store.leases.release("mirror us-1", "a");
      await store.leases.release("mirror us-1", "a");
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(true);
      expect(await store.leases.acquire("mirror us-2", "b", 1000)).toBe(false);
    });

    it("can't be released by a holder that has lost them", async () => {
      const { store, clock } = await setUp();
      await store.leases.acquire("mirror us-1", "a", 1000);
      clock.now += 1000;
      await store.leases.acquire("mirror us-1", "b", 1000);
      await store.leases.release("mirror us-1", "a");
      expect(await store.leases.acquire("mirror us-1", "a", 1000)).toBe(false);
    });

    it("go to one of many that try at the same time, free or expired", async () => {
      const { store, clock, open } = await setUp();
      const another = await open();
      const contenders = Array.from({ length: 20 }, (_, at) => ({
        at,
        leases: (at % 2 ? another : store).leases,
      }));
      const acquireAll = () =>
        Promise.all(contenders.map(({ at, leases }) => leases.acquire("mirror us-1", `holder ${at}`, 1000)));
      expect((await acquireAll()).filter(Boolean)).toHaveLength(1);
      clock.now += 1000;
      expect((await acquireAll()).filter(Boolean)).toHaveLength(1);
    });

    it("persist when the store is closed, until they expire", async () => {
      const { store, clock, open } = await setUp();
      await store.leases.acquire("mirror us-1", "a", 1000);
      await store.close();
      const again = await open();
      expect(await again.leases.acquire("mirror us-1", "b", 1000)).toBe(false);
      clock.now += 1000;
      expect(await again.leases.acquire("mirror us-1", "b", 1000)).toBe(true);
    });

    it("prevent a holder that has lost them from writing anything", async () => {
      const { store, clock } = await setUpFirms();
      const { leases, mirrors, mirrorRecords, pendingChanges } = store;
      const mirror = await mirrors.create("us-1", 7, "format");
      await pendingChanges.add(mirror.id, "contact", [1]);
      const pending = await pendingChanges.next(mirror.id, "contact", 10);
      const lease = (holder: string) => ({ name: "mirror us-1", holder, durationMs: 1000 });
      const writes = (holder: string) => [
        () => mirrorRecords.put(mirror.id, "contact", [contact(1)], "no-deletions", lease(holder)),
        () => mirrors.startFullSync(mirror.id, { contacts: 1, matters: 0 }, lease(holder)),
        () =>
          mirrors.advanceFullSync(
            mirror.id,
            { kind: "matter", after: 0, next: null, read: 1 },
            lease(holder),
          ),
        () => mirrors.completeFullSync(mirror.id, lease(holder)),
        () => mirrors.recordPoll(mirror.id, clock.now, lease(holder)),
        () => pendingChanges.remove(mirror.id, pending, lease(holder)),
      ];
      await leases.acquire("mirror us-1", "a", 1000);
      clock.now += 1000;
      await leases.acquire("mirror us-1", "b", 1000);
      const before = await mirrors.findByFirm("us-1");
      for (const write of writes("a")) await expect(write()).rejects.toThrow(LeaseLostError);
      expect(await mirrors.findByFirm("us-1")).toEqual(before);
      expect(await mirrorRecords.hasContact(mirror.id, 1)).toBe(false);

      for (const write of writes("b")) await write();
      expect(await mirrors.findByFirm("us-1")).toMatchObject({
        hasPendingChanges: false,
        mirror: { fullSync: null, completeAt: clock.now, polledAt: clock.now, records: { contacts: 1 } },
      });
      // After its release, no holder can write under it.
      await leases.release("mirror us-1", "b");
      await expect(writes("b")[4]?.()).rejects.toThrow(LeaseLostError);
    });

    it("can be renewed by their holder, and not by one that has lost them", async () => {
      const { store, clock } = await setUp();
      const { leases } = store;
      const lease = (holder: string) => ({ name: "mirror us-1", holder, durationMs: 1000 });
      await leases.acquire("mirror us-1", "a", 1000);
      clock.now += 900;
      await leases.renew(lease("a"));
      clock.now += 900;
      expect(await leases.acquire("mirror us-1", "b", 1000)).toBe(false);

      clock.now += 100;
      await leases.acquire("mirror us-1", "b", 1000);
      await expect(leases.renew(lease("a"))).rejects.toThrow(LeaseLostError);
      await leases.release("mirror us-1", "b");
      await expect(leases.renew(lease("a"))).rejects.toThrow(LeaseLostError);
      expect(await leases.acquire("mirror us-1", "c", 1000)).toBe(true);
    });

    it("are extended by every write under them", async () => {
      const { store, clock } = await setUpFirms();
      const mirror = await store.mirrors.create("us-1", 7, "format");
      const lease = { name: "mirror us-1", holder: "a", durationMs: 1000 };
      await store.leases.acquire("mirror us-1", "a", 1000);
      clock.now += 900;
      await store.mirrors.recordPoll(mirror.id, clock.now, lease);
      clock.now += 900;
      expect(await store.leases.acquire("mirror us-1", "b", 1000)).toBe(false);
    });
  });
}
