import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import type { Store } from "../../../src/store/store.ts";
import { NOON, token, user } from "../fixtures.ts";
import { contact, firmOf, matter, mirrorOf, staff, withMirror } from "./records.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

const HOUR = 60 * 60_000;

export function mirrorTests(engine: Engine): void {
  const { name, setUpFirms } = engine;

  describe(`${name}: mirrors`, () => {
    it("begin empty", async () => {
      const { store } = await setUpFirms();
      const mirror = await store.mirrors.create("us-1", 350, "form 1");
      expect(mirror).toEqual({
        id: expect.any(Number),
        firmId: "us-1",
        userId: 350,
        formatVersion: "form 1",
        startedAt: NOON,
        completeAt: null,
        fullSync: null,
        fullSyncRequested: false,
        fullSyncedAt: null,
        polledAt: null,
        changedAt: null,
        records: { users: 0, contacts: 0, matters: 0 },
        usersRevision: 0,
        webhooksCheckedAt: null,
        webhooksAddress: null,
        webhooksErrorCode: null,
        lastErrorCode: null,
        failures: 0,
        retryAt: 0,
      });
      expect(Number.isSafeInteger(mirror.id)).toBe(true);
      expect(await firmOf(store, "us-1")).toEqual({
        firmId: "us-1",
        lookupUserId: null,
        mirror,
        hasPendingChanges: false,
      });
    });

    it("take the place of the one before, which is given up", async () => {
      const { store, clock } = await setUpFirms();
      const before = await store.mirrors.create("us-1", 350, "form 1");
      const others = await store.mirrors.create("us-2", 350, "form 1");
      await store.mirrorRecords.put(before.id, "user", [staff(1)], "these");
      clock.now += 1;
      const after = await store.mirrors.create("us-1", 351, "form 2");

      expect(after.id).not.toBe(before.id);
      expect(await mirrorOf(store, "us-1")).toEqual(after);
      expect(after).toMatchObject({
        userId: 351,
        formatVersion: "form 2",
        startedAt: NOON + 1,
        records: { users: 0 },
      });
      expect(await store.mirrorRecords.put(before.id, "user", [staff(2)], "these")).toBe(0);
      expect(await mirrorOf(store, "us-2")).toEqual(others);
    });

    it("are listed with every admitted firm, in order of admission", async () => {
      const { store, clock } = await setUpFirms();
      clock.now += 1;
      // Before the others by its id.
      await store.firms.admit({ region: "au", accountId: 1, name: "Late LLP" }, { onlyFirst: false });
      const late = await store.mirrors.create("au-1", 352, "form");
      const first = await store.mirrors.create("us-1", 350, "form");
      await store.mirrors.create("us-2", 351, "form");
      await store.mirrors.discard("us-2");
      await store.connections.save(user("us-2", 351));
      expect(await store.mirrors.all()).toEqual([
        { firmId: "us-1", lookupUserId: null, mirror: first, hasPendingChanges: false },
        { firmId: "us-2", lookupUserId: 351, mirror: null, hasPendingChanges: false },
        { firmId: "au-1", lookupUserId: null, mirror: late, hasPendingChanges: false },
      ]);
      for (const firm of await store.mirrors.all()) expect(await firmOf(store, firm.firmId)).toEqual(firm);
    });

    it("are nothing of a firm that is not admitted", async () => {
      const { store } = await setUpFirms();
      expect(await firmOf(store, "us-3")).toBeNull();
    });

    it("say whether changes wait, of that firm alone", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "form");
      await store.pendingChanges.add(mirrorId, "client", [1]);
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: true });
      expect(await firmOf(store, "us-2")).toMatchObject({ mirror: other, hasPendingChanges: false });
      expect((await store.mirrors.all()).map(({ hasPendingChanges }) => hasPendingChanges)).toEqual([
        true,
        false,
      ]);
      await store.pendingChanges.remove(mirrorId, [{ kind: "client", recordId: 1, times: 1 }]);
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: false });
    });

    it("remember a poll, and how the webhooks are", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      await store.mirrors.recordPoll(mirrorId, NOON - 1000);
      expect(await mirror()).toMatchObject({ polledAt: NOON - 1000, webhooksCheckedAt: null });
      clock.now += 1000;
      await store.mirrors.recordWebhookCheck(mirrorId, "https://old.example", "clio_permission");
      expect(await mirror()).toMatchObject({
        webhooksCheckedAt: NOON + 1000,
        webhooksAddress: "https://old.example",
        webhooksErrorCode: "clio_permission",
      });
      clock.now += 1000;
      await store.mirrors.recordWebhookCheck(mirrorId, "https://router.example", null);
      expect(await mirror()).toMatchObject({
        webhooksCheckedAt: NOON + 2000,
        webhooksAddress: "https://router.example",
        webhooksErrorCode: null,
      });
    });

    it("count failures one after the other, until a reading goes well", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      await store.mirrors.recordFailure(mirrorId, "clio_error", NOON + 1000);
      expect(await mirror()).toMatchObject({
        lastErrorCode: "clio_error",
        failures: 1,
        retryAt: NOON + 1000,
      });
      await store.mirrors.recordFailure(mirrorId, "clio_timeout", NOON + 3000);
      expect(await mirror()).toMatchObject({
        lastErrorCode: "clio_timeout",
        failures: 2,
        retryAt: NOON + 3000,
      });
      await store.mirrors.recordSuccess(mirrorId);
      expect(await mirror()).toMatchObject({ lastErrorCode: null, failures: 0, retryAt: 0 });
    });

    it("keep one firm's state apart from another's", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 351, "form");
      await store.mirrors.recordFailure(mirrorId, "clio_error", NOON + 1000);
      await store.mirrors.recordWebhookCheck(mirrorId, "https://router.example", "clio_permission");
      await store.mirrors.requestFullSync("us-1");
      await store.mirrors.startFullSync(mirrorId, { contacts: 1, matters: 1 });
      await store.mirrors.advanceFullSync(mirrorId, { kind: "contact", after: 5, next: null, read: 1 });
      await store.mirrors.completeFullSync(mirrorId);
      await store.mirrors.recordPoll(mirrorId, NOON);
      await store.mirrorRecords.put(mirrorId, "user", [staff(1)], "these");
      expect(await mirrorOf(store, "us-2")).toEqual(other);
    });

    it("are at rest once they are complete and up to date, until something is to be done", async () => {
      const { store, clock } = await setUpFirms();
      const { mirrors, pendingChanges } = store;
      const restless = () => mirrors.needingWork(clock.now - HOUR);
      expect(await restless()).toEqual([]);
      const mirror = await mirrors.create("us-1", 350, "form");
      expect(await restless()).toEqual(["us-1"]);
      await mirrors.startFullSync(mirror.id, { contacts: 0, matters: 0 });
      await mirrors.completeFullSync(mirror.id);
      expect(await restless()).toEqual([]);

      await mirrors.requestFullSync("us-1");
      expect(await restless()).toEqual(["us-1"]);
      await mirrors.startFullSync(mirror.id, { contacts: 0, matters: 0 });
      expect(await restless()).toEqual(["us-1"]);
      await mirrors.completeFullSync(mirror.id);
      await pendingChanges.add(mirror.id, "contact", [1]);
      expect(await restless()).toEqual(["us-1"]);
      await pendingChanges.remove(mirror.id, await pendingChanges.next(mirror.id, "contact", 1));
      expect(await restless()).toEqual([]);

      clock.now += HOUR;
      expect(await restless()).toEqual(["us-1"]);
      await mirrors.recordFailure(mirror.id, "clio_error", clock.now + 1_000);
      expect(await restless()).toEqual([]);
      clock.now += 1_000;
      expect(await restless()).toEqual(["us-1"]);
      await mirrors.recordPoll(mirror.id, clock.now);
      expect(await restless()).toEqual([]);
    });

    it("outlast a close", async () => {
      const { store, open, mirrorId, mirror } = await withMirror(engine);
      await store.mirrors.startFullSync(mirrorId, { contacts: 2, matters: 1 });
      await store.mirrorRecords.put(mirrorId, "contact", [contact(5, ["whole +14155550171"])], "these");
      await store.mirrors.advanceFullSync(mirrorId, {
        kind: "contact",
        after: 5,
        next: "https://x/?2",
        read: 1,
      });
      const before = await mirror();
      await store.close();

      const again = await open();
      expect(await mirrorOf(again, "us-1")).toEqual(before);
      expect(await again.mirrorRecords.contactsByTerms(mirrorId, ["whole +14155550171"])).toHaveLength(1);
    });

    it("are counted over all firms, with the one longest behind", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const none = { users: 0, contacts: 0, matters: 0, oldestPolledAt: null };
      expect(await store.mirrors.totals()).toEqual(none);
      const other = await store.mirrors.create("us-2", 350, "form");
      await store.mirrorRecords.put(mirrorId, "user", [staff(1)], "these");
      await store.mirrorRecords.put(mirrorId, "contact", [contact(1), contact(2)], "these");
      await store.mirrorRecords.put(other.id, "contact", [contact(1)], "these");
      await store.mirrorRecords.put(other.id, "matter", [matter(1, 1), matter(2, 1), matter(3, 2)], "these");

      // Nobody is answered from one that is not complete: however old, it is behind nothing.
      await store.mirrors.recordPoll(mirrorId, NOON - 5000);
      expect(await store.mirrors.totals()).toEqual({
        users: 1,
        contacts: 3,
        matters: 3,
        oldestPolledAt: null,
      });
      for (const id of [mirrorId, other.id]) {
        await store.mirrors.startFullSync(id, { contacts: 0, matters: 0 });
        await store.mirrors.completeFullSync(id);
      }
      expect((await store.mirrors.totals()).oldestPolledAt).toBe(NOON - 5000);
      await store.mirrors.recordPoll(mirrorId, NOON + 5000);
      expect((await store.mirrors.totals()).oldestPolledAt).toBe(NOON);

      await store.mirrors.discard("us-2");
      expect(await store.mirrors.totals()).toEqual({
        users: 1,
        contacts: 2,
        matters: 0,
        oldestPolledAt: NOON + 5000,
      });
      await store.firms.remove("us-1");
      expect(await store.mirrors.totals()).toEqual(none);
    });
  });

  describe(`${name}: who answers for a mirror`, () => {
    /** As the mirrors see it: the same as the connections do, always. */
    async function answering(store: Store, firmId = "us-1"): Promise<number | null> {
      const firm = await firmOf(store, firmId);
      const connection = await store.connections.lookupAccount(firmId);
      expect(firm?.lookupUserId).toBe(connection?.userId ?? null);
      return firm?.lookupUserId ?? null;
    }

    it("is the first who connected, of that firm", async () => {
      const { store, clock } = await setUpFirms();
      expect(await answering(store)).toBeNull();
      await store.connections.save(user("us-2", 349));
      expect(await answering(store)).toBeNull();
      await store.connections.save(user("us-1", 352));
      await store.connections.save(user("us-1", 351));
      clock.now += 1000;
      await store.connections.save(user("us-1", 350));
      expect(await answering(store)).toBe(351);
      expect(await answering(store, "us-2")).toBe(349);
    });

    it("is whom the firm prefers, while they are connected", async () => {
      const { store, clock } = await setUpFirms();
      for (const userId of [350, 351, 352]) {
        await store.connections.save(user("us-1", userId));
        clock.now += 1;
      }
      await store.connections.save(user("us-2", 352));
      await store.connections.save(user("us-2", 353));
      await store.connections.setLookupAccount("us-1", 352);
      expect(await answering(store)).toBe(352);
      await store.connections.setLookupAccount("us-2", 353);
      expect(await answering(store)).toBe(352);
      await store.connections.setLookupAccount("us-1", 351);
      expect(await answering(store)).toBe(351);

      const preferred = await store.connections.find("us-1", 351);
      await store.connections.revoke("us-1", 351, preferred?.generation ?? -1);
      expect(await answering(store)).toBe(350);
      await store.connections.save(user("us-1", 351));
      expect(await answering(store)).toBe(351);
      await store.connections.remove("us-1", 351);
      expect(await answering(store)).toBe(350);
      await store.connections.setLookupAccount("us-1", 999);
      expect(await answering(store)).toBe(350);
      expect(await answering(store, "us-2")).toBe(353);
    });

    it("is nobody once everybody is revoked", async () => {
      const { store } = await setUpFirms();
      for (const userId of [350, 351]) {
        const { generation } = await store.connections.save(user("us-1", userId));
        await store.connections.revoke("us-1", userId, generation);
      }
      expect(await answering(store)).toBeNull();
    });

    it("is nobody whose secret key is gone, preferred or not", async () => {
      const { store, clock, open } = await setUpFirms();
      const first = await store.connections.save(user("us-1", 350));
      clock.now += 1;
      await store.connections.save(user("us-1", 351));
      await store.connections.setLookupAccount("us-1", 351);
      await store.close();

      const other = await open(createSealer([NEW_KEY]));
      expect(await answering(other)).toBeNull();
      clock.now += 1;
      await other.connections.save(user("us-1", 352));
      expect(await answering(other)).toBe(352);
      await other.close();

      const both = await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await answering(both)).toBe(351);
      await both.connections.remove("us-1", 351);
      expect(await answering(both)).toBe(350);
      // Written with the new key by the refresh.
      await both.connections.saveToken("us-1", 350, token("next"), first.generation);
      await both.close();

      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await answering(onlyNew)).toBe(350);
      await onlyNew.close();
      expect(await answering(await open(createSealer([OLD_KEY])))).toBeNull();
    });
  });

  describe(`${name}: passes`, () => {
    it("begin with the users, and go on where they were", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      clock.now += 1000;
      await store.mirrors.startFullSync(mirrorId, { contacts: 450, matters: 900 });
      const begun = { startedAt: NOON + 1000, contacts: 450, matters: 900 };
      expect((await mirror()).fullSync).toEqual({ kind: "user", after: 0, next: null, read: 0, ...begun });

      clock.now += 1000;
      const progress = { kind: "contact", after: 9_007_199_254_740_991, next: "https://x/?2", read: 200 };
      await store.mirrors.advanceFullSync(mirrorId, { ...progress, kind: "contact" });
      expect((await mirror()).fullSync).toEqual({ ...progress, ...begun });
      await store.mirrors.advanceFullSync(mirrorId, { kind: "matter", after: 0, next: null, read: 450 });
      expect(await mirror()).toMatchObject({
        fullSync: { kind: "matter", after: 0, next: null, read: 450, ...begun },
        completeAt: null,
        polledAt: null,
        fullSyncedAt: null,
      });
    });

    it("make a mirror complete once, and up to date since they began", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      clock.now += HOUR;
      await store.mirrors.startFullSync(mirrorId, { contacts: 1, matters: 1 });
      clock.now += HOUR;
      await store.mirrors.completeFullSync(mirrorId);
      expect(await mirror()).toMatchObject({
        fullSync: null,
        startedAt: NOON,
        polledAt: NOON + HOUR,
        completeAt: NOON + 2 * HOUR,
        fullSyncedAt: NOON + 2 * HOUR,
      });

      await store.mirrors.recordPoll(mirrorId, NOON + 3 * HOUR);
      clock.now += 10 * HOUR;
      await store.mirrors.startFullSync(mirrorId, { contacts: 1, matters: 1 });
      clock.now += HOUR;
      await store.mirrors.completeFullSync(mirrorId);
      expect(await mirror()).toMatchObject({
        fullSync: null,
        polledAt: NOON + 3 * HOUR,
        completeAt: NOON + 2 * HOUR,
        fullSyncedAt: NOON + 13 * HOUR,
      });
    });

    it("begin anew, with nothing left of the one before", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      await store.mirrors.startFullSync(mirrorId, { contacts: 450, matters: 900 });
      await store.mirrors.advanceFullSync(mirrorId, {
        kind: "matter",
        after: 77,
        next: "https://x/?2",
        read: 600,
      });
      clock.now += HOUR;
      await store.mirrors.startFullSync(mirrorId, { contacts: 451, matters: 901 });
      expect((await mirror()).fullSync).toEqual({
        kind: "user",
        after: 0,
        next: null,
        startedAt: NOON + HOUR,
        contacts: 451,
        matters: 901,
        read: 0,
      });
    });

    it("are asked for by anybody, at once, until one begins", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "form");
      await store.mirrors.recordFailure(mirrorId, "clio_error", NOON + HOUR);
      await store.mirrors.requestFullSync("us-1");
      await store.mirrors.requestFullSync("us-3");
      expect(await mirror()).toMatchObject({
        fullSyncRequested: true,
        retryAt: 0,
        lastErrorCode: "clio_error",
        fullSync: null,
      });
      expect(await mirrorOf(store, "us-2")).toEqual(other);
      await store.mirrors.startFullSync(mirrorId, { contacts: 0, matters: 0 });
      expect(await mirror()).toMatchObject({ fullSyncRequested: false });

      // While one is under way, another can be wanted already.
      await store.mirrors.requestFullSync("us-1");
      await store.mirrors.completeFullSync(mirrorId);
      expect(await mirror()).toMatchObject({ fullSyncRequested: true, fullSync: null });
    });
  });

  describe(`${name}: mirrors that are given up`, () => {
    /** How many of the rows that were put below are still there. */
    async function rowsLeft(store: Store, mirrorId: number) {
      const { mirrorRecords, pendingChanges } = store;
      return {
        users: (await mirrorRecords.users(mirrorId)).size,
        contacts: (await Promise.all([1, 2, 3].map((id) => mirrorRecords.hasContact(mirrorId, id)))).filter(
          Boolean,
        ).length,
        found: (await mirrorRecords.contactsByTerms(mirrorId, ["term 1", "term 2", "term 3"])).length,
        matters: (await mirrorRecords.mattersOf(mirrorId, 1)).length,
        noted: (await pendingChanges.next(mirrorId, "client", 10)).length,
      };
    }
    const ALL = { users: 2, contacts: 3, found: 3, matters: 2, noted: 3 };
    const NOTHING = { users: 0, contacts: 0, found: 0, matters: 0, noted: 0 };

    async function fill(store: Store, mirrorId: number): Promise<void> {
      const contacts = [1, 2, 3].map((id) => contact(id, [`term ${id}`, "term of all"]));
      await store.mirrorRecords.put(mirrorId, "user", [staff(11), staff(12)], "these");
      await store.mirrorRecords.put(mirrorId, "contact", contacts, "these");
      await store.mirrorRecords.put(mirrorId, "matter", [matter(21, 1), matter(22, 1)], "these");
      await store.pendingChanges.add(mirrorId, "client", [1, 2, 3]);
      expect(await rowsLeft(store, mirrorId)).toEqual(ALL);
    }

    async function sweepAll(store: Store, rows: number): Promise<void> {
      for (let sweeps = 0; await store.mirrors.sweep(rows); sweeps++) expect(sweeps).toBeLessThan(100);
    }

    it("are nobody's at once, and the firm can begin another", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await fill(store, mirrorId);
      await store.mirrors.discard("us-1");
      await store.mirrors.discard("us-1");
      await store.mirrors.discard("us-3");
      expect(await firmOf(store, "us-1")).toEqual({
        firmId: "us-1",
        lookupUserId: null,
        mirror: null,
        hasPendingChanges: false,
      });
      const next = await store.mirrors.create("us-1", 350, "form");
      expect(next).toMatchObject({ records: { users: 0, contacts: 0, matters: 0 } });
      expect(await mirrorOf(store, "us-1")).toEqual(next);
    });

    it("go with their firm, even when it is admitted again, and no other firm's do", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "form");
      await fill(store, mirrorId);
      await fill(store, other.id);
      await store.firms.remove("us-1");
      await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
      expect(await firmOf(store, "us-1")).toMatchObject({ mirror: null, hasPendingChanges: false });
      expect(await store.mirrorRecords.put(mirrorId, "user", [staff(13)], "these")).toBe(0);
      await sweepAll(store, 100);
      expect(await rowsLeft(store, mirrorId)).toEqual(NOTHING);
      expect(await rowsLeft(store, other.id)).toEqual(ALL);
      expect(await firmOf(store, "us-2")).toMatchObject({ hasPendingChanges: true });
    });

    it("are those of firms that are not admitted, and of no other", async () => {
      const { store } = await setUpFirms();
      const kept = await store.mirrors.create("us-2", 350, "form");
      await store.firms.remove("us-1");
      // Begun by whoever did not know yet that the firm is gone.
      const orphan = await store.mirrors.create("us-1", 350, "form");
      expect(await store.mirrorRecords.put(orphan.id, "user", [staff(1)], "these")).toBe(1);

      await store.mirrors.discardOrphans();
      expect(await store.mirrorRecords.put(orphan.id, "user", [staff(2)], "these")).toBe(0);
      expect(await mirrorOf(store, "us-2")).toEqual(kept);
      await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
      expect(await firmOf(store, "us-1")).toMatchObject({ mirror: null });
    });

    it("are all given up once no firm is left", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await store.firms.remove("us-1");
      await store.firms.remove("us-2");
      const orphan = await store.mirrors.create("us-2", 350, "form");
      await store.mirrors.discardOrphans();
      for (const id of [mirrorId, orphan.id])
        expect(await store.mirrorRecords.put(id, "user", [staff(1)], "these")).toBe(0);
    });

    it("are swept a few rows at a time, and nothing else is", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "form");
      await fill(store, mirrorId);
      await fill(store, other.id);
      expect(await store.mirrors.sweep(100)).toBe(false);
      expect(await rowsLeft(store, mirrorId)).toEqual(ALL);

      await store.mirrors.discard("us-1");
      const next = await store.mirrors.create("us-1", 350, "form");
      await fill(store, next.id);
      expect(await store.mirrors.sweep(1)).toBe(true);
      const left = await rowsLeft(store, mirrorId);
      expect(left.users + left.contacts + left.matters).toBe(6);
      expect(left.noted).toBe(2);
      expect(left.found).toBeGreaterThanOrEqual(1);

      await sweepAll(store, 1);
      expect(await rowsLeft(store, mirrorId)).toEqual(NOTHING);
      expect(await rowsLeft(store, other.id)).toEqual(ALL);
      expect(await rowsLeft(store, next.id)).toEqual(ALL);
      expect((await mirrorOf(store, "us-1")).id).toBe(next.id);
      expect(await store.mirrors.sweep(100)).toBe(false);
    });

    it("are swept one after the other until there are none", async () => {
      const { store } = await setUpFirms();
      const given: number[] = [];
      for (let at = 0; at < 3; at++) {
        const { id } = await store.mirrors.create("us-1", 350, "form");
        await fill(store, id);
        given.push(id);
      }
      await store.mirrors.discard("us-1");
      await sweepAll(store, 2);
      for (const id of given) expect(await rowsLeft(store, id)).toEqual(NOTHING);
    });
  });
}
