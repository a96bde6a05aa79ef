import { describe, expect, it } from "vitest";
import { firmOf, withMirror } from "./records.ts";
import type { Engine } from "./setup.ts";

export function pendingChangeTests(engine: Engine): void {
  describe(`${engine.name}: pending changes`, () => {
    it("are stored once each, with how often they were reported", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { add, next } = store.pendingChanges;
      await add(mirrorId, "contact", [7, 5, 7, 5]);
      await add(mirrorId, "contact", [5, 9_007_199_254_740_991]);
      expect(await next(mirrorId, "contact", 10)).toEqual([
        { kind: "contact", recordId: 5, times: 2 },
        { kind: "contact", recordId: 7, times: 1 },
        { kind: "contact", recordId: 9_007_199_254_740_991, times: 1 },
      ]);
    });

    it("are separate for each kind and mirror", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "format");
      const { add, next, remove } = store.pendingChanges;
      for (const kind of ["contact", "matter", "client"] as const) await add(mirrorId, kind, [5]);
      await add(other.id, "contact", [5]);
      await remove(mirrorId, [{ kind: "contact", recordId: 5, times: 1 }]);
      expect(await next(mirrorId, "contact", 10)).toEqual([]);
      expect(await next(mirrorId, "matter", 10)).toEqual([{ kind: "matter", recordId: 5, times: 1 }]);
      expect(await next(mirrorId, "client", 10)).toEqual([{ kind: "client", recordId: 5, times: 1 }]);
      expect(await next(other.id, "contact", 10)).toHaveLength(1);
    });

    it("are returned in batches until all are removed", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { add, next, remove } = store.pendingChanges;
      await add(mirrorId, "matter", [5, 4, 3, 2, 1]);
      const seen: number[] = [];
      for (let rounds = 0; rounds < 3; rounds++) {
        const changes = await next(mirrorId, "matter", 2);
        expect(changes.length).toBeLessThanOrEqual(2);
        seen.push(...changes.map(({ recordId }) => recordId));
        await remove(mirrorId, changes);
      }
      expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5]);
      expect(await next(mirrorId, "matter", 2)).toEqual([]);
    });

    it("remain if they are reported again while they are being read", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { add, next, remove } = store.pendingChanges;
      await add(mirrorId, "contact", [1, 2]);
      const read = await next(mirrorId, "contact", 10);
      await add(mirrorId, "contact", [2, 3]);
      await remove(mirrorId, read);
      const left = await next(mirrorId, "contact", 10);
      expect(left.map(({ recordId }) => recordId)).toEqual([2, 3]);
      await remove(mirrorId, left);
      expect(await next(mirrorId, "contact", 10)).toEqual([]);
      await remove(mirrorId, left);
    });

    it("are all counted when they arrive at the same time", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await Promise.all(
        Array.from({ length: 20 }, () => store.pendingChanges.add(mirrorId, "contact", [1, 2])),
      );
      expect(await store.pendingChanges.next(mirrorId, "contact", 10)).toMatchObject([
        { recordId: 1, times: 20 },
        { recordId: 2, times: 20 },
      ]);
    });

    it("are not added without an ID, or to a mirror that was discarded or never existed", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { add, next: pending } = store.pendingChanges;
      await add(mirrorId, "contact", []);
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: false });
      await store.mirrors.discard("us-1");
      const next = await store.mirrors.create("us-1", 350, "format");
      for (const id of [mirrorId, next.id + 1]) {
        await add(id, "contact", [1]);
        expect(await pending(id, "contact", 10)).toEqual([]);
      }
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: false });
    });

    it("persist when the store is closed", async () => {
      const { store, open, mirrorId } = await withMirror(engine);
      await store.pendingChanges.add(mirrorId, "client", [1]);
      await store.close();
      expect(await (await open()).pendingChanges.next(mirrorId, "client", 10)).toHaveLength(1);
    });
  });
}
