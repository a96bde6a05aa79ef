import { describe, expect, it } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import type { AuditEvent } from "../../../src/store/repositories/audit-events.ts";
import { NOON } from "../fixtures.ts";
import { type Engine, NEW_KEY } from "./setup.ts";

export function auditEventTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: the history`, () => {
    const FELIX = { userId: 350, userName: "Felix Dubinsky" };
    const MARGARET = { userId: 351, userName: "Margaret Hollis" };
    const EVENT = {
      firmId: "us-1",
      kind: "key_created",
      actor: FELIX,
      subject: MARGARET,
      detail: "Front desk",
      origin: "203.0.113.7",
    };
    const ALL = { since: 0, before: null, limit: 100 };

    it("returns entries as they were added, with their time", async () => {
      const { store } = await setUpFirms();
      await store.auditEvents.add(EVENT);
      expect(await store.auditEvents.listByFirm("us-1", ALL)).toEqual([
        { ...EVENT, id: expect.stringMatching(/^[0-9a-f]{16}$/), at: NOON },
      ]);
    });

    it("stores entries without a user, a detail or an origin", async () => {
      const { store } = await setUpFirms();
      const event = { firmId: "us-1", kind: "x", actor: null, subject: null, detail: null, origin: null };
      await store.auditEvents.add(event);
      expect(await store.auditEvents.listByFirm("us-1", ALL)).toMatchObject([event]);
    });

    it("belongs to one firm, and is deleted with it", async () => {
      const { store } = await setUpFirms();
      await store.auditEvents.add(EVENT);
      await store.auditEvents.add({ ...EVENT, firmId: "us-2", detail: "Another firm's" });
      await expect(store.auditEvents.add({ ...EVENT, firmId: "us-3" })).rejects.toThrow();
      expect(await store.auditEvents.listByFirm("us-2", ALL)).toMatchObject([{ detail: "Another firm's" }]);
      await store.firms.remove("us-1");
      expect(await store.auditEvents.listByFirm("us-1", ALL)).toEqual([]);
      expect(await store.auditEvents.listByFirm("us-2", ALL)).toHaveLength(1);
    });

    it("is listed newest first, in pages without gaps or repetitions", async () => {
      const { store, clock } = await setUpFirms();
      for (let number = 0; number < 10; number++) {
        // Two entries at each moment.
        clock.now = NOON + Math.floor(number / 2);
        await store.auditEvents.add({ ...EVENT, detail: String(number) });
      }
      const listed: AuditEvent[] = [];
      for (let before: AuditEvent | null = null; ; before = listed.at(-1) ?? null) {
        const page = await store.auditEvents.listByFirm("us-1", { since: 0, before, limit: 3 });
        listed.push(...page);
        if (page.length < 3) break;
      }
      expect(listed.map(({ at }) => at - NOON)).toEqual([4, 4, 3, 3, 2, 2, 1, 1, 0, 0]);
      expect(new Set(listed.map(({ detail }) => detail)).size).toBe(10);
    });

    it("leaves out entries before a time, and deletes those of all firms in batches", async () => {
      const { store, clock } = await setUpFirms();
      for (const firmId of ["us-1", "us-2"])
        for (const offset of [0, 1000]) {
          clock.now = NOON + offset;
          await store.auditEvents.add({ ...EVENT, firmId });
        }
      expect(await store.auditEvents.listByFirm("us-1", { ...ALL, since: NOON + 1 })).toHaveLength(1);
      expect(await store.auditEvents.listByFirm("us-1", { ...ALL, since: NOON })).toHaveLength(2);

      expect(await store.auditEvents.deleteBefore(NOON + 1000, 1)).toBe(true);
      expect(await store.auditEvents.deleteBefore(NOON + 1000, 500)).toBe(false);
      for (const firmId of ["us-1", "us-2"])
        expect(await store.auditEvents.listByFirm(firmId, ALL)).toMatchObject([{ at: NOON + 1000 }]);
    });

    it("keeps user IDs if the rest can't be decrypted", async () => {
      const { store, open } = await setUpFirms();
      await store.auditEvents.add(EVENT);
      const other = await open(createSealer([NEW_KEY]));
      expect(await other.auditEvents.listByFirm("us-1", ALL)).toMatchObject([
        {
          kind: "key_created",
          actor: { userId: 350, userName: null },
          subject: { userId: 351, userName: null },
          detail: null,
          origin: null,
        },
      ]);
    });
  });
}
