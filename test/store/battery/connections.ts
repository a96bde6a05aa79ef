import { describe, expect, it } from "vitest";
import { NOON, token, user } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

export function connectionTests({ name, setUpFirms }: Engine): void {
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
      expect(await store.connections.lookupAccount("us-1")).toEqual(saved);
      expect(await store.connections.ofFirm("us-1")).toEqual([saved]);
      expect(await store.connections.find("us-2", 350)).toBeNull();
      expect(await store.connections.lookupAccount("us-2")).toBeNull();
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

      expect(await store.connections.lookupAccount("us-1")).toEqual(first);
      expect(await store.connections.revoke("us-1", 351, first.generation)).toBe(true);
      expect(await store.connections.lookupAccount("us-1")).toEqual(second);
      expect(await store.connections.revoke("us-1", 350, second.generation)).toBe(true);
      expect(await store.connections.lookupAccount("us-1")).toBeNull();

      const again = await store.connections.save(user("us-1", 351));
      expect(await store.connections.lookupAccount("us-1")).toEqual(again);
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

    it("counts by firm and state", async () => {
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
