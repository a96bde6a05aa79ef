import { describe, expect, it } from "vitest";
import { LeaseLostError } from "../../../src/store/coordination/leases.ts";
import { contact } from "./records.ts";
import type { Engine } from "./setup.ts";

export function leaseTests({ name, setUp, setUpFirms }: Engine): void {
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

    it("fence: whoever lost theirs writes nothing of what they read under it", async () => {
      const { store, clock } = await setUpFirms();
      const { leases, mirrors, mirrorRecords, pendingChanges } = store;
      const mirror = await mirrors.create("us-1", 7, "form");
      await pendingChanges.add(mirror.id, "contact", [1]);
      const noted = await pendingChanges.next(mirror.id, "contact", 10);
      const lease = (holder: string) => ({ name: "mirror us-1", holder, durationMs: 1000 });
      const writes = (holder: string) => [
        () => mirrorRecords.put(mirror.id, "contact", [contact(1)], "these", lease(holder)),
        () => mirrors.startFullSync(mirror.id, { contacts: 1, matters: 0 }, lease(holder)),
        () =>
          mirrors.advanceFullSync(
            mirror.id,
            { kind: "matter", after: 0, next: null, read: 1 },
            lease(holder),
          ),
        () => mirrors.completeFullSync(mirror.id, lease(holder)),
        () => mirrors.recordPoll(mirror.id, clock.now, lease(holder)),
        () => pendingChanges.remove(mirror.id, noted, lease(holder)),
      ];
      await leases.take("mirror us-1", "a", 1000);
      clock.now += 1000;
      await leases.take("mirror us-1", "b", 1000);
      const before = await mirrors.ofFirm("us-1");
      for (const write of writes("a")) await expect(write()).rejects.toThrow(LeaseLostError);
      expect(await mirrors.ofFirm("us-1")).toEqual(before);
      expect(await mirrorRecords.hasContact(mirror.id, 1)).toBe(false);

      for (const write of writes("b")) await write();
      expect(await mirrors.ofFirm("us-1")).toMatchObject({
        hasPendingChanges: false,
        mirror: { fullSync: null, completeAt: clock.now, polledAt: clock.now, records: { contacts: 1 } },
      });
      // Given back, it is nobody's.
      await leases.release("mirror us-1", "b");
      await expect(writes("b")[4]?.()).rejects.toThrow(LeaseLostError);
    });

    it("are renewed by their holder, and by nobody who lost them, whether somebody else has them now or nobody", async () => {
      const { store, clock } = await setUp();
      const { leases } = store;
      const lease = (holder: string) => ({ name: "mirror us-1", holder, durationMs: 1000 });
      await leases.take("mirror us-1", "a", 1000);
      clock.now += 900;
      await leases.renew(lease("a"));
      clock.now += 900;
      expect(await leases.take("mirror us-1", "b", 1000)).toBe(false);

      clock.now += 100;
      await leases.take("mirror us-1", "b", 1000);
      await expect(leases.renew(lease("a"))).rejects.toThrow(LeaseLostError);
      await leases.release("mirror us-1", "b");
      await expect(leases.renew(lease("a"))).rejects.toThrow(LeaseLostError);
      expect(await leases.take("mirror us-1", "c", 1000)).toBe(true);
    });

    it("last longer with everything that is written under them", async () => {
      const { store, clock } = await setUpFirms();
      const mirror = await store.mirrors.create("us-1", 7, "form");
      const lease = { name: "mirror us-1", holder: "a", durationMs: 1000 };
      await store.leases.take("mirror us-1", "a", 1000);
      clock.now += 900;
      await store.mirrors.recordPoll(mirror.id, clock.now, lease);
      clock.now += 900;
      expect(await store.leases.take("mirror us-1", "b", 1000)).toBe(false);
    });
  });
}
