import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import type { Store } from "../../../src/store/store.ts";
import { NOON, token, user } from "../fixtures.ts";
import { contact, firmOf, matter, mirrorOf, staff, withMirror } from "./records.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

const HOUR_MS = 60 * 60_000;

export function mirrorTests(engine: Engine): void {
  const { name, setUpFirms } = engine;

  describe(`${name}: mirrors`, () => {
    it("are created empty", async () => {
      const { store } = await setUpFirms();
      const mirror = await store.mirrors.create("us-1", 350, "format 1");
      expect(mirror).toEqual({
        id: expect.any(Number),
        firmId: "us-1",
        userId: 350,
        formatVersion: "format 1",
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

    it("replace the firm's previous one, which is discarded", async () => {
      const { store, clock } = await setUpFirms();
      const before = await store.mirrors.create("us-1", 350, "format 1");
      const others = await store.mirrors.create("us-2", 350, "format 1");
      await store.mirrorRecords.put(before.id, "user", [staff(1)], "no-deletions");
      clock.now += 1;
      const after = await store.mirrors.create("us-1", 351, "format 2");

      expect(after.id).not.toBe(before.id);
      expect(await mirrorOf(store, "us-1")).toEqual(after);
      expect(after).toMatchObject({
        userId: 351,
        formatVersion: "format 2",
        startedAt: NOON + 1,
        records: { users: 0 },
      });
      expect(await store.mirrorRecords.put(before.id, "user", [staff(2)], "no-deletions")).toBe(0);
      expect(await mirrorOf(store, "us-2")).toEqual(others);
    });

    it("are listed with all admitted firms, in order of admission", async () => {
      const { store, clock } = await setUpFirms();
      clock.now += 1;
      // Its ID sorts before the others.
      await store.firms.admit({ region: "au", accountId: 1, name: "Late LLP" }, { onlyFirst: false });
      const late = await store.mirrors.create("au-1", 352, "format");
      const first = await store.mirrors.create("us-1", 350, "format");
      await store.mirrors.create("us-2", 351, "format");
      await store.mirrors.discard("us-2");
      await store.connections.save(user("us-2", 351));
      expect(await store.mirrors.list()).toEqual([
        { firmId: "us-1", lookupUserId: null, mirror: first, hasPendingChanges: false },
        { firmId: "us-2", lookupUserId: 351, mirror: null, hasPendingChanges: false },
        { firmId: "au-1", lookupUserId: null, mirror: late, hasPendingChanges: false },
      ]);
      for (const firm of await store.mirrors.list()) expect(await firmOf(store, firm.firmId)).toEqual(firm);
      const byId = (await store.mirrors.list()).toSorted((one, other) =>
        one.firmId < other.firmId ? -1 : 1,
      );
      expect(await store.mirrors.listAfter("", 100)).toEqual(byId);
      expect(await store.mirrors.listAfter("", 1)).toEqual(byId.slice(0, 1));
      expect(await store.mirrors.listAfter("us-1", 100)).toEqual(
        byId.filter(({ firmId }) => firmId > "us-1"),
      );
      expect(await store.mirrors.listAfter("us-2", 100)).toEqual([]);
    });

    it("are not returned for a firm that isn't admitted", async () => {
      const { store } = await setUpFirms();
      expect(await firmOf(store, "us-3")).toBeNull();
    });

    it("say whether changes of their own firm are pending", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "format");
      await store.pendingChanges.add(mirrorId, "client", [1]);
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: true });
      expect(await firmOf(store, "us-2")).toMatchObject({ mirror: other, hasPendingChanges: false });
      expect((await store.mirrors.list()).map(({ hasPendingChanges }) => hasPendingChanges)).toEqual([
        true,
        false,
      ]);
      await store.pendingChanges.remove(mirrorId, [{ kind: "client", recordId: 1, times: 1 }]);
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: false });
    });

    it("record polls and webhook checks", async () => {
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

    it("count consecutive failures until a sync step succeeds", async () => {
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

    it("have independent states", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 351, "format");
      await store.mirrors.recordFailure(mirrorId, "clio_error", NOON + 1000);
      await store.mirrors.recordWebhookCheck(mirrorId, "https://router.example", "clio_permission");
      await store.mirrors.requestFullSync("us-1");
      await store.mirrors.startFullSync(mirrorId, { contacts: 1, matters: 1 });
      await store.mirrors.advanceFullSync(mirrorId, { kind: "contact", after: 5, next: null, read: 1 });
      await store.mirrors.completeFullSync(mirrorId);
      await store.mirrors.recordPoll(mirrorId, NOON);
      await store.mirrorRecords.put(mirrorId, "user", [staff(1)], "no-deletions");
      expect(await mirrorOf(store, "us-2")).toEqual(other);
    });

    it("need work until they are complete and up to date, and when something changes", async () => {
      const { store, clock } = await setUpFirms();
      const { mirrors, pendingChanges } = store;
      const needingWork = () => mirrors.needingWork(clock.now - HOUR_MS);
      expect(await needingWork()).toEqual([]);
      const mirror = await mirrors.create("us-1", 350, "format");
      expect(await needingWork()).toEqual(["us-1"]);
      await mirrors.startFullSync(mirror.id, { contacts: 0, matters: 0 });
      await mirrors.completeFullSync(mirror.id);
      expect(await needingWork()).toEqual([]);

      await mirrors.requestFullSync("us-1");
      expect(await needingWork()).toEqual(["us-1"]);
      await mirrors.startFullSync(mirror.id, { contacts: 0, matters: 0 });
      expect(await needingWork()).toEqual(["us-1"]);
      await mirrors.completeFullSync(mirror.id);
      await pendingChanges.add(mirror.id, "contact", [1]);
      expect(await needingWork()).toEqual(["us-1"]);
      await pendingChanges.remove(mirror.id, await pendingChanges.next(mirror.id, "contact", 1));
      expect(await needingWork()).toEqual([]);

      clock.now += HOUR_MS;
      expect(await needingWork()).toEqual(["us-1"]);
      await mirrors.recordFailure(mirror.id, "clio_error", clock.now + 1_000);
      expect(await needingWork()).toEqual([]);
      clock.now += 1_000;
      expect(await needingWork()).toEqual(["us-1"]);
      await mirrors.recordPoll(mirror.id, clock.now);
      expect(await needingWork()).toEqual([]);
    });

    it("persist when the store is closed", async () => {
      const { store, open, mirrorId, mirror } = await withMirror(engine);
      await store.mirrors.startFullSync(mirrorId, { contacts: 2, matters: 1 });
      await store.mirrorRecords.put(
        mirrorId,
        "contact",
        [contact(5, ["whole +14155550171"])],
        "no-deletions",
      );
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

    it("are totaled over all firms, with the oldest poll", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const none = { users: 0, contacts: 0, matters: 0, oldestPolledAt: null };
      expect(await store.mirrors.totals()).toEqual(none);
      const other = await store.mirrors.create("us-2", 350, "format");
      await store.mirrorRecords.put(mirrorId, "user", [staff(1)], "no-deletions");
      await store.mirrorRecords.put(mirrorId, "contact", [contact(1), contact(2)], "no-deletions");
      await store.mirrorRecords.put(other.id, "contact", [contact(1)], "no-deletions");
      await store.mirrorRecords.put(
        other.id,
        "matter",
        [matter(1, 1), matter(2, 1), matter(3, 2)],
        "no-deletions",
      );

      // An incomplete mirror doesn't count, because no call is answered from it.
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

  describe(`${name}: the lookup account of a mirror`, () => {
    /** Checks that `mirrors` and `connections` agree on it. */
    async function lookupUser(store: Store, firmId = "us-1"): Promise<number | null> {
      const firm = await firmOf(store, firmId);
      const connection = await store.connections.lookupAccount(firmId);
      expect(firm?.lookupUserId).toBe(connection?.userId ?? null);
      return firm?.lookupUserId ?? null;
    }

    it("is the user of the firm who connected first", async () => {
      const { store, clock } = await setUpFirms();
      expect(await lookupUser(store)).toBeNull();
      await store.connections.save(user("us-2", 349));
      expect(await lookupUser(store)).toBeNull();
      await store.connections.save(user("us-1", 352));
      await store.connections.save(user("us-1", 351));
      clock.now += 1000;
      await store.connections.save(user("us-1", 350));
      expect(await lookupUser(store)).toBe(351);
      expect(await lookupUser(store, "us-2")).toBe(349);
    });

    it("is the user the firm has chosen, while they are connected", async () => {
      const { store, clock } = await setUpFirms();
      for (const userId of [350, 351, 352]) {
        await store.connections.save(user("us-1", userId));
        clock.now += 1;
      }
      await store.connections.save(user("us-2", 352));
      await store.connections.save(user("us-2", 353));
      await store.connections.setLookupAccount("us-1", 352);
      expect(await lookupUser(store)).toBe(352);
      await store.connections.setLookupAccount("us-2", 353);
      expect(await lookupUser(store)).toBe(352);
      await store.connections.setLookupAccount("us-1", 351);
      expect(await lookupUser(store)).toBe(351);

      const preferred = await store.connections.find("us-1", 351);
      await store.connections.revoke("us-1", 351, preferred?.generation ?? -1);
      expect(await lookupUser(store)).toBe(350);
      await store.connections.save(user("us-1", 351));
      expect(await lookupUser(store)).toBe(351);
      await store.connections.remove("us-1", 351);
      expect(await lookupUser(store)).toBe(350);
      await store.connections.setLookupAccount("us-1", 999);
      expect(await lookupUser(store)).toBe(350);
      expect(await lookupUser(store, "us-2")).toBe(353);
    });

    it("is null once all users are revoked", async () => {
      const { store } = await setUpFirms();
      for (const userId of [350, 351]) {
        const { generation } = await store.connections.save(user("us-1", userId));
        await store.connections.revoke("us-1", userId, generation);
      }
      expect(await lookupUser(store)).toBeNull();
    });

    it("is never a user whose secret key was removed, chosen or not", async () => {
      const { store, clock, open } = await setUpFirms();
      const first = await store.connections.save(user("us-1", 350));
      clock.now += 1;
      await store.connections.save(user("us-1", 351));
      await store.connections.setLookupAccount("us-1", 351);
      await store.close();

      const other = await open(createSealer([NEW_KEY]));
      expect(await lookupUser(other)).toBeNull();
      clock.now += 1;
      await other.connections.save(user("us-1", 352));
      expect(await lookupUser(other)).toBe(352);
      await other.close();

      const both = await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await lookupUser(both)).toBe(351);
      await both.connections.remove("us-1", 351);
      expect(await lookupUser(both)).toBe(350);
      // The refresh encrypts it with the new key.
      await both.connections.saveToken("us-1", 350, token("next"), first.generation);
      await both.close();

      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await lookupUser(onlyNew)).toBe(350);
      await onlyNew.close();
      expect(await lookupUser(await open(createSealer([OLD_KEY])))).toBeNull();
    });
  });

  describe(`${name}: full syncs`, () => {
    it("start with the users and record their progress", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      clock.now += 1000;
      await store.mirrors.startFullSync(mirrorId, { contacts: 450, matters: 900 });
      const start = { startedAt: NOON + 1000, contacts: 450, matters: 900 };
      expect((await mirror()).fullSync).toEqual({ kind: "user", after: 0, next: null, read: 0, ...start });

      clock.now += 1000;
      const progress = { kind: "contact", after: 9_007_199_254_740_991, next: "https://x/?2", read: 200 };
      await store.mirrors.advanceFullSync(mirrorId, { ...progress, kind: "contact" });
      expect((await mirror()).fullSync).toEqual({ ...progress, ...start });
      await store.mirrors.advanceFullSync(mirrorId, { kind: "matter", after: 0, next: null, read: 450 });
      expect(await mirror()).toMatchObject({
        fullSync: { kind: "matter", after: 0, next: null, read: 450, ...start },
        completeAt: null,
        polledAt: null,
        fullSyncedAt: null,
      });
    });

    it("make a mirror complete, and up to date as of their start", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      clock.now += HOUR_MS;
      await store.mirrors.startFullSync(mirrorId, { contacts: 1, matters: 1 });
      clock.now += HOUR_MS;
      await store.mirrors.completeFullSync(mirrorId);
      expect(await mirror()).toMatchObject({
        fullSync: null,
        startedAt: NOON,
        polledAt: NOON + HOUR_MS,
        completeAt: NOON + 2 * HOUR_MS,
        fullSyncedAt: NOON + 2 * HOUR_MS,
      });

      await store.mirrors.recordPoll(mirrorId, NOON + 3 * HOUR_MS);
      clock.now += 10 * HOUR_MS;
      await store.mirrors.startFullSync(mirrorId, { contacts: 1, matters: 1 });
      clock.now += HOUR_MS;
      await store.mirrors.completeFullSync(mirrorId);
      expect(await mirror()).toMatchObject({
        fullSync: null,
        polledAt: NOON + 3 * HOUR_MS,
        completeAt: NOON + 2 * HOUR_MS,
        fullSyncedAt: NOON + 13 * HOUR_MS,
      });
    });

    it("start over with no progress from the one before", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      await store.mirrors.startFullSync(mirrorId, { contacts: 450, matters: 900 });
      await store.mirrors.advanceFullSync(mirrorId, {
        kind: "matter",
        after: 77,
        next: "https://x/?2",
        read: 600,
      });
      clock.now += HOUR_MS;
      await store.mirrors.startFullSync(mirrorId, { contacts: 451, matters: 901 });
      expect((await mirror()).fullSync).toEqual({
        kind: "user",
        after: 0,
        next: null,
        startedAt: NOON + HOUR_MS,
        contacts: 451,
        matters: 901,
        read: 0,
      });
    });

    it("can be requested at any time until one starts", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "format");
      await store.mirrors.recordFailure(mirrorId, "clio_error", NOON + HOUR_MS);
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

      // Another one can be requested while one is running.
      await store.mirrors.requestFullSync("us-1");
      await store.mirrors.completeFullSync(mirrorId);
      expect(await mirror()).toMatchObject({ fullSyncRequested: true, fullSync: null });
    });
  });

  describe(`${name}: discarded mirrors`, () => {
    /** How many of the rows from `fill` are still stored. */
    async function rowsLeft(store: Store, mirrorId: number) {
      const { mirrorRecords, pendingChanges } = store;
      return {
        users: (await mirrorRecords.users(mirrorId)).size,
        contacts: (await Promise.all([1, 2, 3].map((id) => mirrorRecords.hasContact(mirrorId, id)))).filter(
          Boolean,
        ).length,
        found: (await mirrorRecords.contactsByTerms(mirrorId, ["term 1", "term 2", "term 3"])).length,
        matters: (await mirrorRecords.mattersByClient(mirrorId, 1)).length,
        pending: (await pendingChanges.next(mirrorId, "client", 10)).length,
      };
    }
    const ALL = { users: 2, contacts: 3, found: 3, matters: 2, pending: 3 };
    const NOTHING = { users: 0, contacts: 0, found: 0, matters: 0, pending: 0 };

    async function fill(store: Store, mirrorId: number): Promise<void> {
      const contacts = [1, 2, 3].map((id) => contact(id, [`term ${id}`, "term of all"]));
      await store.mirrorRecords.put(mirrorId, "user", [staff(11), staff(12)], "no-deletions");
      await store.mirrorRecords.put(mirrorId, "contact", contacts, "no-deletions");
      await store.mirrorRecords.put(mirrorId, "matter", [matter(21, 1), matter(22, 1)], "no-deletions");
      await store.pendingChanges.add(mirrorId, "client", [1, 2, 3]);
      expect(await rowsLeft(store, mirrorId)).toEqual(ALL);
    }

    async function sweepAll(store: Store, rows: number): Promise<void> {
      for (let sweeps = 0; await store.mirrors.sweep(rows); sweeps++) expect(sweeps).toBeLessThan(100);
    }

    it("are no longer the firm's, which can have a new one", async () => {
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
      const next = await store.mirrors.create("us-1", 350, "format");
      expect(next).toMatchObject({ records: { users: 0, contacts: 0, matters: 0 } });
      expect(await mirrorOf(store, "us-1")).toEqual(next);
    });

    it("are those of a removed firm, even if it is admitted again", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "format");
      await fill(store, mirrorId);
      await fill(store, other.id);
      await store.firms.remove("us-1");
      await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
      expect(await firmOf(store, "us-1")).toMatchObject({ mirror: null, hasPendingChanges: false });
      expect(await store.mirrorRecords.put(mirrorId, "user", [staff(13)], "no-deletions")).toBe(0);
      await sweepAll(store, 100);
      expect(await rowsLeft(store, mirrorId)).toEqual(NOTHING);
      expect(await rowsLeft(store, other.id)).toEqual(ALL);
      expect(await firmOf(store, "us-2")).toMatchObject({ hasPendingChanges: true });
    });

    it("are those of firms that aren't admitted anymore", async () => {
      const { store } = await setUpFirms();
      const kept = await store.mirrors.create("us-2", 350, "format");
      await store.firms.remove("us-1");
      // As if a process had not yet noticed that the firm was removed.
      const orphan = await store.mirrors.create("us-1", 350, "format");
      expect(await store.mirrorRecords.put(orphan.id, "user", [staff(1)], "no-deletions")).toBe(1);

      await store.mirrors.discardOrphans();
      expect(await store.mirrorRecords.put(orphan.id, "user", [staff(2)], "no-deletions")).toBe(0);
      expect(await mirrorOf(store, "us-2")).toEqual(kept);
      await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
      expect(await firmOf(store, "us-1")).toMatchObject({ mirror: null });
    });

    it("are all mirrors once no firm is left", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await store.firms.remove("us-1");
      await store.firms.remove("us-2");
      const orphan = await store.mirrors.create("us-2", 350, "format");
      await store.mirrors.discardOrphans();
      for (const id of [mirrorId, orphan.id])
        expect(await store.mirrorRecords.put(id, "user", [staff(1)], "no-deletions")).toBe(0);
    });

    it("are deleted in batches, and no other mirror is", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "format");
      await fill(store, mirrorId);
      await fill(store, other.id);
      expect(await store.mirrors.sweep(100)).toBe(false);
      expect(await rowsLeft(store, mirrorId)).toEqual(ALL);

      await store.mirrors.discard("us-1");
      const next = await store.mirrors.create("us-1", 350, "format");
      await fill(store, next.id);
      expect(await store.mirrors.sweep(1)).toBe(true);
      const left = await rowsLeft(store, mirrorId);
      expect(left.users + left.contacts + left.matters).toBe(6);
      expect(left.pending).toBe(2);
      expect(left.found).toBeGreaterThanOrEqual(1);

      await sweepAll(store, 1);
      expect(await rowsLeft(store, mirrorId)).toEqual(NOTHING);
      expect(await rowsLeft(store, other.id)).toEqual(ALL);
      expect(await rowsLeft(store, next.id)).toEqual(ALL);
      expect((await mirrorOf(store, "us-1")).id).toBe(next.id);
      expect(await store.mirrors.sweep(100)).toBe(false);
    });

    it("are deleted one after another until none is left", async () => {
      const { store } = await setUpFirms();
      const discarded: number[] = [];
      for (let at = 0; at < 3; at++) {
        const { id } = await store.mirrors.create("us-1", 350, "format");
        await fill(store, id);
        discarded.push(id);
      }
      await store.mirrors.discard("us-1");
      await sweepAll(store, 2);
      for (const id of discarded) expect(await rowsLeft(store, id)).toEqual(NOTHING);
    });
  });
}
