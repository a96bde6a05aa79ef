import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { NOON, token, user } from "../fixtures.ts";
import { type Engine, NEW_KEY, OLD_KEY } from "./setup.ts";

export function rotatedKeyTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: rotated secret keys`, () => {
    it("decrypt with the old key and encrypt with the new one", async () => {
      const { store, open } = await setUpFirms();
      const { generation } = await store.connections.save(user("us-1", 350));
      await store.close();

      const both = await open(createSealer([NEW_KEY, OLD_KEY]));
      expect(await both.connections.lookupAccount("us-1")).toMatchObject({ token: token("350") });
      await both.connections.saveToken("us-1", 350, token("next"), generation);
      await both.close();

      const onlyNew = await open(createSealer([NEW_KEY]));
      expect(await onlyNew.connections.lookupAccount("us-1")).toMatchObject({
        userName: "User 350",
        token: token("next"),
      });
    });

    it("make a connection unreadable when the old key is removed, without an error", async () => {
      const { store, clock, open } = await setUpFirms();
      await store.connections.save(user("us-1", 350));
      await store.connections.save(user("us-1", 351));
      const { generation } = await store.connections.save(user("us-2", 350));
      await store.close();

      const other = await open(createSealer([NEW_KEY]));
      clock.now += 1;
      const readable = await other.connections.save(user("us-1", 352));
      expect(await other.connections.listByFirm("us-1")).toMatchObject([
        { userId: 350, state: "unreadable", userName: null, userEmail: null, token: null, connectedAt: NOON },
        { userId: 351, state: "unreadable" },
        { userId: 352, state: "connected" },
      ]);
      expect(await other.connections.countByFirm()).toEqual(
        new Map([
          ["us-1", { connected: 1, revoked: 0, unreadable: 2 }],
          ["us-2", { connected: 0, revoked: 0, unreadable: 1 }],
        ]),
      );
      expect(await other.connections.lookupAccount("us-1")).toEqual(readable);
      expect(await other.connections.lookupAccount("us-2")).toBeNull();
      expect(await other.connections.find("us-2", 350)).toMatchObject({ state: "unreadable" });
      expect(await other.connections.saveToken("us-2", 350, token("next"), generation)).toBe(false);

      await other.connections.save(user("us-2", 350));
      expect(await other.connections.lookupAccount("us-2")).toMatchObject({
        userId: 350,
        state: "connected",
      });
    });
  });
}
