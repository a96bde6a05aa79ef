import { describe, expect, it } from "vitest";
import { NOON } from "../fixtures.ts";
import type { Engine } from "./setup.ts";

const WEEK_MS = 7 * 24 * 60 * 60_000;

export function revokedSessionTests({ name, setUp }: Engine): void {
  describe(`${name}: revoked sessions`, () => {
    it("are only those that were revoked, in every process and after a restart", async () => {
      const { store, open } = await setUp();
      const other = await open();
      expect(await other.revokedSessions.isRevoked("a")).toBe(false);
      await store.revokedSessions.revoke("a", NOON + WEEK_MS);
      expect(await other.revokedSessions.isRevoked("a")).toBe(true);
      expect(await other.revokedSessions.isRevoked("b")).toBe(false);
      await store.close();
      await other.close();
      expect(await (await open()).revokedSessions.isRevoked("a")).toBe(true);
    });

    it("can be revoked again, by many callers at the same time", async () => {
      const { store } = await setUp();
      const revoke = () => store.revokedSessions.revoke("a", NOON + WEEK_MS);
      await Promise.all(Array.from({ length: 20 }, revoke));
      await revoke();
      expect(await store.revokedSessions.isRevoked("a")).toBe(true);
    });

    it("are remembered until they would have ended by every clock, and then deleted", async () => {
      const { store, clock } = await setUp();
      await store.revokedSessions.revoke("a", NOON + WEEK_MS);
      clock.now = NOON + WEEK_MS + 59_999;
      await store.revokedSessions.revoke("b", clock.now + WEEK_MS);
      expect(await store.revokedSessions.isRevoked("a")).toBe(true);
      clock.now += 1;
      await store.revokedSessions.revoke("c", clock.now + WEEK_MS);
      expect(await store.revokedSessions.isRevoked("a")).toBe(false);
      expect(await store.revokedSessions.isRevoked("b")).toBe(true);
    });
  });
}
