import { describe, expect, it } from "vitest";
import { NOON, user } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

const MINUTE_MS = 60_000;

export function keyRevealTests({ name, setUpFirms }: Engine): void {
  /** Two firms with a connected user each, and a key of the first firm that its session shows. */
  async function setUpReveal() {
    const opened = await setUpFirms();
    const { store } = opened;
    for (const [firmId, userId] of [
      ["us-1", 350],
      ["us-1", 352],
      ["us-2", 351],
    ] as const)
      await store.connections.save(user(firmId, userId));
    const session = { firmId: "us-1", userId: 350, sessionId: "session one" };
    const created = await store.apiKeys.create("us-1", "Front desk");
    await store.keyReveals.add(session, created);
    return { ...opened, session, created };
  }

  describe(`${name}: new keys`, () => {
    it("are shown to the session that created them, in every process, newest first", async () => {
      const { store, open, clock, session, created } = await setUpReveal();
      clock.now += 1;
      const second = await store.apiKeys.create("us-1", "Night line");
      await store.keyReveals.add(session, second);
      const other = await open();
      expect(await other.keyReveals.list(session)).toEqual([
        { keyId: second.id, key: second.key, expiresAt: NOON + 10 * MINUTE_MS + 1 },
        { keyId: created.id, key: created.key, expiresAt: NOON + 10 * MINUTE_MS },
      ]);
    });

    it("are shown to no other session, user or firm", async () => {
      const { store, session } = await setUpReveal();
      for (const change of [{ sessionId: "session two" }, { userId: 352 }, { firmId: "us-2" }])
        expect(await store.keyReveals.list({ ...session, ...change })).toEqual([]);
    });

    it("can't be read from the database, not even with the other session's hash", async () => {
      const { store, session, runSql } = await setUpReveal();
      await store.keyReveals.add(
        { ...session, sessionId: "session two" },
        await store.apiKeys.create("us-1", "Night line"),
      );
      await runSql("update key_reveals set session_hash = (select max(session_hash) from key_reveals)");
      const lists = ["session one", "session two"].map((sessionId) =>
        store.keyReveals.list({ ...session, sessionId }),
      );
      const outcomes = await Promise.allSettled(lists);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    });

    it("are gone after ten minutes, and deleted", async () => {
      const { store, clock, session } = await setUpReveal();
      clock.now = NOON + 10 * MINUTE_MS - 1;
      expect(await store.keyReveals.list(session)).toHaveLength(1);
      clock.now += 1;
      expect(await store.keyReveals.list(session)).toEqual([]);
      // Deleted by any firm's request.
      clock.now = NOON;
      expect(await store.keyReveals.list(session)).toEqual([]);
    });

    it("are gone once they are saved", async () => {
      const { store, session, created } = await setUpReveal();
      await store.keyReveals.remove({ ...session, sessionId: "session two" }, created.id);
      await store.keyReveals.remove({ ...session, firmId: "us-2" }, created.id);
      expect(await store.keyReveals.list(session)).toHaveLength(1);
      await store.keyReveals.remove(session, created.id);
      expect(await store.keyReveals.list(session)).toEqual([]);
    });

    it("are gone once they are revoked", async () => {
      const { store, session, created } = await setUpReveal();
      await store.apiKeys.revoke("us-1", created.id);
      expect(await store.keyReveals.list(session)).toEqual([]);
    });

    it("are gone once the session ends, all sessions of the user end, or the user disconnects", async () => {
      for (const end of ["session", "sessions", "connection"] as const) {
        const { store, session } = await setUpReveal();
        if (end === "session") await store.keyReveals.removeBySession(session);
        if (end === "sessions") await store.keyReveals.removeByUser("us-1", 350);
        if (end === "connection") await store.connections.remove("us-1", 350);
        expect(await store.keyReveals.list(session), end).toEqual([]);
      }
    });

    it("of one session stay when another one ends", async () => {
      const { store, session } = await setUpReveal();
      await store.keyReveals.removeBySession({ ...session, sessionId: "session two" });
      await store.keyReveals.removeByUser("us-1", 352);
      await store.connections.remove("us-2", 351);
      expect(await store.keyReveals.list(session)).toHaveLength(1);
    });
  });
}
