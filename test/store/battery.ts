import { describe, expect, it, onTestFinished } from "vitest";
import { createSealer, type Sealer } from "../../src/store/sealing.ts";
import type { Store } from "../../src/store/store.ts";
import { NOON, token, user } from "./fixtures.ts";

/** A database that nobody has used yet. */
export interface FreshDatabase {
  open(sealer: Sealer, now: () => number): Promise<Store>;
  /** Called when every store on it is closed. */
  destroy(): Promise<void>;
}

const OLD_KEY = new Uint8Array(32).fill(1);
const NEW_KEY = new Uint8Array(32).fill(2);
const SEALER = createSealer([OLD_KEY]);

/** What every engine under the store must do. */
export function batteryOfTests(name: string, freshDatabase: () => Promise<FreshDatabase>): void {
  /** An empty store on a clock that stands still until it is moved. */
  async function setUp() {
    const database = await freshDatabase();
    const clock = { now: NOON };
    const opened: Store[] = [];
    const open = async (sealer: Sealer = SEALER) => {
      const store = await database.open(sealer, () => clock.now);
      opened.push(store);
      return store;
    };
    onTestFinished(async () => {
      for (const store of opened) await store.close();
      await database.destroy();
    });
    return { store: await open(), clock, open };
  }

  async function setUpFirms() {
    const { store, clock, open } = await setUp();
    await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
    await store.firms.admit({ region: "us", accountId: 2, name: "Roe LLP" }, { onlyFirst: false });
    return { store, clock, open };
  }

  describe(`${name}: firms`, () => {
    const DOE = { region: "us", accountId: 1, name: "Doe LLP" };
    const ROE = { region: "eu", accountId: 1, name: "Roe LLP" };

    it("admits a firm once, and takes a new name", async () => {
      const { store, clock } = await setUp();
      expect(await store.firms.admit(DOE, { onlyFirst: false })).toBe("admitted");
      clock.now += 1000;
      expect(await store.firms.admit({ ...DOE, name: "Doe & Roe LLP" }, { onlyFirst: false })).toBe(
        "already admitted",
      );
      expect(await store.firms.list()).toEqual([
        { id: "us-1", region: "us", accountId: 1, name: "Doe & Roe LLP", admittedAt: NOON },
      ]);
    });

    it("tells accounts of two regions apart", async () => {
      const { store } = await setUp();
      await store.firms.admit(DOE, { onlyFirst: false });
      expect(await store.firms.admit(ROE, { onlyFirst: false })).toBe("admitted");
      expect(await store.firms.find("us-1")).toMatchObject({ name: "Doe LLP" });
      expect(await store.firms.find("eu-1")).toMatchObject({ name: "Roe LLP" });
      expect(await store.firms.find("ca-1")).toBeNull();
    });

    it("onlyFirst lets the first in, again and again, and nobody else", async () => {
      const { store } = await setUp();
      expect(await store.firms.admit(DOE, { onlyFirst: true })).toBe("admitted");
      expect(await store.firms.admit(DOE, { onlyFirst: true })).toBe("already admitted");
      expect(await store.firms.admit(ROE, { onlyFirst: true })).toBe("refused");
      expect(await store.firms.list()).toHaveLength(1);
      expect(await store.firms.admit(ROE, { onlyFirst: false })).toBe("admitted");
    });

    it("onlyFirst lets one in of many that come at once", async () => {
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

    it("counts, lists in order of admission, and knows the only one", async () => {
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

    it("takes connections and keys along when removed, of that firm alone", async () => {
      const { store } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-2", 351));
      const gone = await store.bearerKeys.make("us-1", "Front desk");
      const kept = await store.bearerKeys.make("us-2", "Front desk");

      await store.firms.remove("us-1");
      await store.firms.remove("us-3");

      expect(await store.firms.find("us-1")).toBeNull();
      expect(await store.connections.ofFirm("us-1")).toEqual([]);
      expect(await store.bearerKeys.verify(gone.key)).toBeNull();
      expect(await store.connections.ofFirm("us-2")).toHaveLength(1);
      expect(await store.bearerKeys.verify(kept.key)).toEqual({ firmId: "us-2", keyId: kept.id });
    });
  });

  describe(`${name}: connections`, () => {
    it("gives back what was saved", async () => {
      const { store } = await setUpFirms();
      const saved = await store.connections.save(user("us-1", 350));
      expect(saved).toEqual({
        firmId: "us-1",
        userId: 350,
        userName: "User 350",
        userEmail: "user350@firm.example",
        state: "connected",
        connectedAt: NOON,
        token: token("350"),
        generation: expect.any(Number),
      });
      expect(await store.connections.find("us-1", 350)).toEqual(saved);
      expect(await store.connections.answering("us-1")).toEqual(saved);
      expect(await store.connections.ofFirm("us-1")).toEqual([saved]);
      expect(await store.connections.find("us-2", 350)).toBeNull();
      expect(await store.connections.answering("us-2")).toBeNull();
    });

    it("keeps a user without name and e-mail", async () => {
      const { store } = await setUpFirms();
      await store.connections.save({ ...user("us-1", 350), userName: null, userEmail: null });
      expect(await store.connections.find("us-1", 350)).toMatchObject({ userName: null, userEmail: null });
    });

    it("refuses a firm that is not admitted", async () => {
      const { store } = await setUpFirms();
      await expect(store.connections.save(user("us-3", 350))).rejects.toThrow();
      expect(await store.connections.ofFirm("us-3")).toEqual([]);
    });

    it("orders by first connect, then by user, and a reconnect keeps its place", async () => {
      const { store, clock } = await setUpFirms();
      await store.connections.save(user("us-1", 352));
      await store.connections.save(user("us-1", 351));
      clock.now += 1000;
      await store.connections.save(user("us-1", 350));
      await store.connections.save({ ...user("us-1", 351), userName: "Renamed", token: token("anew") });

      const connections = await store.connections.ofFirm("us-1");
      expect(connections.map(({ userId }) => userId)).toEqual([351, 352, 350]);
      expect(connections[0]).toMatchObject({
        userName: "Renamed",
        token: token("anew"),
        connectedAt: NOON,
      });
    });

    it("answers through the first that is connected", async () => {
      const { store, clock } = await setUpFirms();
      const first = await store.connections.save(user("us-1", 351));
      clock.now += 1;
      const second = await store.connections.save(user("us-1", 350));

      expect(await store.connections.answering("us-1")).toEqual(first);
      expect(await store.connections.revoke("us-1", 351, first.generation)).toBe(true);
      expect(await store.connections.answering("us-1")).toEqual(second);
      expect(await store.connections.revoke("us-1", 350, second.generation)).toBe(true);
      expect(await store.connections.answering("us-1")).toBeNull();

      const again = await store.connections.save(user("us-1", 351));
      expect(await store.connections.answering("us-1")).toEqual(again);
    });

    it("replaces the token alone when it was refreshed", async () => {
      const { store } = await setUpFirms();
      const saved = await store.connections.save(user("us-1", 350));
      expect(await store.connections.saveToken("us-1", 350, token("next"), saved.generation)).toBe(true);
      const refreshed = await store.connections.find("us-1", 350);
      expect(refreshed).toEqual({ ...saved, token: token("next") });
      expect(await store.connections.saveToken("us-1", 350, token("third"), saved.generation)).toBe(true);
    });

    it("does not let an older token undo a connect that came meanwhile", async () => {
      const { store } = await setUpFirms();
      const before = await store.connections.save(user("us-1", 350));
      const anew = await store.connections.save({ ...user("us-1", 350), token: token("anew") });
      expect(anew.generation).not.toBe(before.generation);

      expect(await store.connections.revoke("us-1", 350, before.generation)).toBe(false);
      expect(await store.connections.saveToken("us-1", 350, token("late"), before.generation)).toBe(false);
      expect(await store.connections.find("us-1", 350)).toEqual(anew);
    });

    it("not even when the user was removed in between", async () => {
      const { store } = await setUpFirms();
      const before = await store.connections.save(user("us-1", 350));
      await store.connections.remove("us-1", 350);
      const anew = await store.connections.save({ ...user("us-1", 350), token: token("anew") });
      expect(await store.connections.revoke("us-1", 350, before.generation)).toBe(false);
      expect(await store.connections.find("us-1", 350)).toEqual(anew);
    });

    it("does not let a late refresh bring a revoked or removed user back", async () => {
      const { store } = await setUpFirms();
      const { generation } = await store.connections.save(user("us-1", 350));
      await store.connections.revoke("us-1", 350, generation);
      expect(await store.connections.saveToken("us-1", 350, token("late"), generation)).toBe(false);
      expect(await store.connections.revoke("us-1", 350, generation)).toBe(false);
      expect(await store.connections.find("us-1", 350)).toMatchObject({
        state: "revoked",
        token: token("350"),
      });

      await store.connections.remove("us-1", 350);
      await store.connections.remove("us-1", 350);
      expect(await store.connections.saveToken("us-1", 350, token("late"), generation)).toBe(false);
      expect(await store.connections.find("us-1", 350)).toBeNull();
    });

    it("two refreshes at once leave one of the two tokens, whole", async () => {
      const { store } = await setUpFirms();
      const { generation } = await store.connections.save(user("us-1", 350));
      await Promise.all(
        ["a", "b"].map((mark) => store.connections.saveToken("us-1", 350, token(mark), generation)),
      );
      const kept = await store.connections.find("us-1", 350);
      expect([token("a"), token("b")]).toContainEqual(kept?.token);
    });

    it("counts by state over all firms", async () => {
      const { store } = await setUpFirms();
      expect(await store.connections.countByState()).toEqual({ connected: 0, revoked: 0 });
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-2", 350));
      const { generation } = await store.connections.save(user("us-2", 351));
      await store.connections.revoke("us-2", 351, generation);
      expect(await store.connections.countByState()).toEqual({ connected: 2, revoked: 1 });
    });
  });

  describe(`${name}: rotated secret keys`, () => {
    it("read with the old key, write with the new one", async () => {
      const { store, open } = await setUpFirms();
      const { generation } = await store.connections.save(user("us-1", 350));
      await store.close();

      const both = await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await both.connections.answering("us-1")).toMatchObject({ token: token("350") });
      await both.connections.saveToken("us-1", 350, token("next"), generation);
      await both.close();

      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await onlyNew.connections.answering("us-1")).toMatchObject({
        userName: "User 350",
        token: token("next"),
      });
    });

    it("leave a connection unreadable when they are gone, never a crash", async () => {
      const { store, clock, open } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-1", 351));
      const { generation } = await store.connections.save(user("us-2", 350));
      await store.close();

      const other = await open(createSealer([NEW_KEY]));
      clock.now += 1;
      const readable = await other.connections.save(user("us-1", 352));
      expect(await other.connections.ofFirm("us-1")).toMatchObject([
        { userId: 350, state: "unreadable", userName: null, userEmail: null, token: null, connectedAt: NOON },
        { userId: 351, state: "unreadable" },
        { userId: 352, state: "connected" },
      ]);
      expect(await other.connections.answering("us-1")).toEqual(readable);
      expect(await other.connections.answering("us-2")).toBeNull();
      expect(await other.connections.find("us-2", 350)).toMatchObject({ state: "unreadable" });
      expect(await other.connections.saveToken("us-2", 350, token("next"), generation)).toBe(false);

      await other.connections.save(user("us-2", 350));
      expect(await other.connections.answering("us-2")).toMatchObject({ userId: 350, state: "connected" });
    });
  });

  describe(`${name}: bearer keys`, () => {
    it("are known again, by the firm they were made for", async () => {
      const { store } = await setUpFirms();
      const doe = await store.bearerKeys.make("us-1", "Front desk");
      const roe = await store.bearerKeys.make("us-2", "Front desk");
      expect(doe.key).toMatch(/^ccr_[0-9a-f]{12}_[\w-]{43}$/);
      expect(doe.key).toContain(`_${doe.id}_`);
      expect(await store.bearerKeys.verify(doe.key)).toEqual({ firmId: "us-1", keyId: doe.id });
      expect(await store.bearerKeys.verify(roe.key)).toEqual({ firmId: "us-2", keyId: roe.id });
    });

    it("work whatever base64url brings", async () => {
      const { store } = await setUpFirms();
      const made = await Promise.all(Array.from({ length: 50 }, () => store.bearerKeys.make("us-1", "x")));
      expect(made.some(({ key }) => key.slice(17).includes("_"))).toBe(true);
      for (const { id, key } of made) expect((await store.bearerKeys.verify(key))?.keyId).toBe(id);
    });

    it("are refused with anything changed, cut, added, or mixed", async () => {
      const { store } = await setUpFirms();
      const { id, key } = await store.bearerKeys.make("us-1", "Front desk");
      const other = await store.bearerKeys.make("us-1", "Night line");
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
      for (const candidate of wrong) expect(await store.bearerKeys.verify(candidate)).toBeNull();
    });

    it("are listed without the secret, oldest first, with their last use", async () => {
      const { store, clock } = await setUpFirms();
      const first = await store.bearerKeys.make("us-1", "Front desk");
      clock.now += 1000;
      const second = await store.bearerKeys.make("us-1", "Night line");
      await store.bearerKeys.make("us-2", "Another firm's");
      await store.bearerKeys.touch(first.id, NOON + 5000);
      await store.bearerKeys.touch(first.id, NOON + 4000);
      await store.bearerKeys.touch("no such key", NOON);
      expect(await store.bearerKeys.ofFirm("us-1")).toEqual([
        { id: first.id, firmId: "us-1", name: "Front desk", madeAt: NOON, lastUsedAt: NOON + 5000 },
        { id: second.id, firmId: "us-1", name: "Night line", madeAt: NOON + 1000, lastUsedAt: null },
      ]);
    });

    it("are listed in the order in which they were made, whatever their ids", async () => {
      const { store, clock } = await setUpFirms();
      const made: string[] = [];
      for (; made.length < 10; clock.now++) made.push((await store.bearerKeys.make("us-1", "x")).id);
      expect((await store.bearerKeys.ofFirm("us-1")).map(({ id }) => id)).toEqual(made);
    });

    it("are revoked by their own firm alone", async () => {
      const { store } = await setUpFirms();
      const { id, key } = await store.bearerKeys.make("us-1", "Front desk");
      await store.bearerKeys.revoke("us-2", id);
      expect(await store.bearerKeys.verify(key)).not.toBeNull();
      await store.bearerKeys.revoke("us-1", id);
      await store.bearerKeys.revoke("us-1", id);
      expect(await store.bearerKeys.verify(key)).toBeNull();
      expect(await store.bearerKeys.ofFirm("us-1")).toEqual([]);
    });

    it("are not made for a firm that is not admitted", async () => {
      const { store } = await setUpFirms();
      await expect(store.bearerKeys.make("us-3", "Front desk")).rejects.toThrow();
    });
  });

  describe(`${name}: used states`, () => {
    it("are good once", async () => {
      const { store } = await setUp();
      expect(await store.usedStates.use("a", NOON + 1000)).toBe(true);
      expect(await store.usedStates.use("a", NOON + 1000)).toBe(false);
      expect(await store.usedStates.use("b", NOON + 1000)).toBe(true);
      expect(await store.usedStates.use("a", NOON + 2000)).toBe(false);
    });

    it("are good for one of many that come at once", async () => {
      const { store } = await setUp();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => store.usedStates.use("a", NOON + 1000)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
    });

    it("are refused once expired, and forgotten", async () => {
      const { store, clock } = await setUp();
      expect(await store.usedStates.use("a", NOON + 1000)).toBe(true);
      expect(await store.usedStates.use("c", NOON)).toBe(false);
      clock.now += 1000;
      expect(await store.usedStates.use("a", NOON + 1000)).toBe(false);
      expect(await store.usedStates.use("b", NOON + 2000)).toBe(true);
      // Only a state that is forgotten could be taken up again under a later expiry.
      expect(await store.usedStates.use("a", NOON + 2000)).toBe(true);
    });
  });

  describe(`${name}: the store itself`, () => {
    it("keeps everything over a close", async () => {
      const { store, open } = await setUpFirms();
      const connection = await store.connections.save(user("us-1", 350));
      const { id, key } = await store.bearerKeys.make("us-1", "Front desk");
      await store.usedStates.use("a", NOON + 1000);
      const firms = await store.firms.list();
      await store.close();

      const again = await open();
      expect(await again.firms.list()).toEqual(firms);
      expect(await again.connections.ofFirm("us-1")).toEqual([connection]);
      expect(await again.bearerKeys.verify(key)).toEqual({ firmId: "us-1", keyId: id });
      expect(await again.usedStates.use("a", NOON + 1000)).toBe(false);
    });

    it("answers a ping until it is closed, and can be closed twice", async () => {
      const { store } = await setUp();
      await store.ping();
      await store.close();
      await store.close();
      await expect(store.ping()).rejects.toThrow();
      await expect(store.firms.count()).rejects.toThrow();
    });

    it("takes writes from everywhere at once", async () => {
      const { store } = await setUpFirms();
      await Promise.all([
        ...Array.from({ length: 30 }, (_, index) => store.connections.save(user("us-1", 400 + index))),
        ...Array.from({ length: 30 }, (_, index) => store.bearerKeys.make("us-2", `key ${index}`)),
        ...Array.from({ length: 10 }, (_, index) =>
          store.firms.admit({ region: "ca", accountId: index, name: "x" }, { onlyFirst: false }),
        ),
      ]);
      expect(await store.connections.ofFirm("us-1")).toHaveLength(30);
      expect(await store.bearerKeys.ofFirm("us-2")).toHaveLength(30);
      expect(await store.firms.count()).toBe(12);
    });
  });
}
