import { describe, expect, it } from "vitest";
import { NOON, token, user } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function connectionTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: connections`, () => {
    it("are returned as they were saved", async () => {
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
        sessionEpoch: expect.any(Number),
      });
      expect(await store.connections.find("us-1", 350)).toEqual(saved);
      expect(await store.connections.lookupAccount("us-1")).toEqual(saved);
      expect(await store.connections.listByFirm("us-1")).toEqual([saved]);
      expect(await store.connections.find("us-2", 350)).toBeNull();
      expect(await store.connections.lookupAccount("us-2")).toBeNull();
    });

    it("keep the session epoch when a connected user connects again", async () => {
      const { store } = await setUpFirms();
      const { sessionEpoch, generation } = await store.connections.save(user("us-1", 350));
      await store.connections.saveToken("us-1", 350, token("refreshed"), generation);
      const again = await store.connections.save(user("us-1", 350));
      expect(again.sessionEpoch).toBe(sessionEpoch);
      expect(await store.connections.find("us-1", 350)).toEqual(again);
    });

    it("get a new session epoch on connecting again after a removal or a revocation", async () => {
      const { store } = await setUpFirms();
      const { connections, firms } = store;
      const first = await connections.save(user("us-1", 350));
      await connections.revoke("us-1", 350, first.generation);
      const second = await connections.save(user("us-1", 350));
      await connections.remove("us-1", 350);
      const third = await connections.save(user("us-1", 350));
      await firms.remove("us-1");
      await firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
      const fourth = await connections.save(user("us-1", 350));
      const epochs = [first, second, third, fourth].map(({ sessionEpoch }) => sessionEpoch);
      expect(new Set(epochs).size).toBe(4);
      expect(await connections.find("us-1", 350)).toEqual(fourth);
    });

    it("get a new session epoch when all of the user's sessions end, and no one else's changes", async () => {
      const { store } = await setUpFirms();
      const { connections } = store;
      const before = await connections.save(user("us-1", 350));
      const others = [await connections.save(user("us-1", 351)), await connections.save(user("us-2", 352))];
      await connections.endSessions("us-1", 350);
      const after = await connections.find("us-1", 350);
      expect(after?.sessionEpoch).not.toBe(before.sessionEpoch);
      expect(after).toEqual({ ...before, sessionEpoch: after?.sessionEpoch });
      for (const other of others) expect(await connections.find(other.firmId, other.userId)).toEqual(other);
      await connections.endSessions("us-2", 350);
      expect(await connections.find("us-2", 350)).toBeNull();
    });

    it("can have neither name nor email", async () => {
      const { store } = await setUpFirms();
      await store.connections.save({ ...user("us-1", 350), userName: null, userEmail: null });
      expect(await store.connections.find("us-1", 350)).toMatchObject({ userName: null, userEmail: null });
    });

    it("can't be saved for a firm that isn't admitted", async () => {
      const { store } = await setUpFirms();
      await expect(store.connections.save(user("us-3", 350))).rejects.toThrow();
      expect(await store.connections.listByFirm("us-3")).toEqual([]);
    });

    it("are ordered by first connect, then by user ID; reconnecting keeps the place", async () => {
      const { store, clock } = await setUpFirms();
      await store.connections.save(user("us-1", 352));
      await store.connections.save(user("us-1", 351));
      clock.now += 1000;
      await store.connections.save(user("us-1", 350));
      await store.connections.save({
        ...user("us-1", 351),
        userName: "Renamed",
        token: token("reconnected"),
      });

      const connections = await store.connections.listByFirm("us-1");
      expect(connections.map(({ userId }) => userId)).toEqual([351, 352, 350]);
      expect(connections[0]).toMatchObject({
        userName: "Renamed",
        token: token("reconnected"),
        connectedAt: NOON,
      });
    });

    it("include the lookup account: the first one that is connected", async () => {
      const { store, clock } = await setUpFirms();
      const first = await store.connections.save(user("us-1", 351));
      clock.now += 1;
      const second = await store.connections.save(user("us-1", 350));

      expect(await store.connections.lookupAccount("us-1")).toEqual(first);
      expect(await store.connections.revoke("us-1", 351, first.generation)).toBe(true);
      expect(await store.connections.lookupAccount("us-1")).toEqual(second);
      expect(await store.connections.revoke("us-1", 350, second.generation)).toBe(true);
      expect(await store.connections.lookupAccount("us-1")).toBeNull();

      const again = await store.connections.save(user("us-1", 351));
      expect(await store.connections.lookupAccount("us-1")).toEqual(again);
    });

    it("change nothing but the token when it is refreshed", async () => {
      const { store } = await setUpFirms();
      const saved = await store.connections.save(user("us-1", 350));
      expect(await store.connections.saveToken("us-1", 350, token("next"), saved.generation)).toBe(true);
      const refreshed = await store.connections.find("us-1", 350);
      expect(refreshed).toEqual({ ...saved, token: token("next") });
      expect(await store.connections.saveToken("us-1", 350, token("third"), saved.generation)).toBe(true);
    });

    it("are not changed by the refresh of an older token after a reconnect", async () => {
      const { store } = await setUpFirms();
      const before = await store.connections.save(user("us-1", 350));
      const reconnected = await store.connections.save({ ...user("us-1", 350), token: token("reconnected") });
      expect(reconnected.generation).not.toBe(before.generation);

      expect(await store.connections.revoke("us-1", 350, before.generation)).toBe(false);
      expect(await store.connections.saveToken("us-1", 350, token("late"), before.generation)).toBe(false);
      expect(await store.connections.find("us-1", 350)).toEqual(reconnected);
    });

    it("are not changed by it if the user was removed in between either", async () => {
      const { store } = await setUpFirms();
      const before = await store.connections.save(user("us-1", 350));
      await store.connections.remove("us-1", 350);
      const reconnected = await store.connections.save({ ...user("us-1", 350), token: token("reconnected") });
      expect(await store.connections.revoke("us-1", 350, before.generation)).toBe(false);
      expect(await store.connections.find("us-1", 350)).toEqual(reconnected);
    });

    it("stay revoked or removed when a refresh ends late", async () => {
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

    it("have one of the two tokens, complete, after two refreshes at the same time", async () => {
      const { store } = await setUpFirms();
      const { generation } = await store.connections.save(user("us-1", 350));
      await Promise.all(
        ["a", "b"].map((mark) => store.connections.saveToken("us-1", 350, token(mark), generation)),
      );
      const saved = await store.connections.find("us-1", 350);
      expect([token("a"), token("b")]).toContainEqual(saved?.token);
    });

    it("are counted by state over all firms", async () => {
      const { store } = await setUpFirms();
      expect(await store.connections.countByState()).toEqual({ connected: 0, revoked: 0 });
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-2", 350));
      const { generation } = await store.connections.save(user("us-2", 351));
      await store.connections.revoke("us-2", 351, generation);
      expect(await store.connections.countByState()).toEqual({ connected: 2, revoked: 1 });
    });

    it("are counted by firm and state", async () => {
      const { store } = await setUpFirms();
      expect(await store.connections.countByFirm()).toEqual(new Map());
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-1", 351));
      const { generation } = await store.connections.save(user("us-1", 352));
      await store.connections.revoke("us-1", 352, generation);
      expect(await store.connections.countByFirm()).toEqual(
        new Map([["us-1", { connected: 2, revoked: 1, unreadable: 0 }]]),
      );
    });
  });
}
