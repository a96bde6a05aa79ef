import { describe, expect, it } from "vitest";
import { firmOf, withMirror } from "./records.ts";
import type { Engine } from "./setup.ts";

export function notedChangeTests(engine: Engine): void {
  describe(`${engine.name}: noted changes`, () => {
    it("are there once each, with how often they were noted", async () => {
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

    it("are kept apart by kind and by mirror", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "form");
      const { add, next, remove } = store.pendingChanges;
      for (const kind of ["contact", "matter", "client"] as const) await add(mirrorId, kind, [5]);
      await add(other.id, "contact", [5]);
      await remove(mirrorId, [{ kind: "contact", recordId: 5, times: 1 }]);
      expect(await next(mirrorId, "contact", 10)).toEqual([]);
      expect(await next(mirrorId, "matter", 10)).toEqual([{ kind: "matter", recordId: 5, times: 1 }]);
      expect(await next(mirrorId, "client", 10)).toEqual([{ kind: "client", recordId: 5, times: 1 }]);
      expect(await next(other.id, "contact", 10)).toHaveLength(1);
    });

    it("come a few at a time, until all are done", async () => {
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

    it("stay when they were noted again while they were read", async () => {
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

    it("are all counted when they come at once", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await Promise.all(
        Array.from({ length: 20 }, () => store.pendingChanges.add(mirrorId, "contact", [1, 2])),
      );
      expect(await store.pendingChanges.next(mirrorId, "contact", 10)).toMatchObject([
        { recordId: 1, times: 20 },
        { recordId: 2, times: 20 },
      ]);
    });

    it("are none without an id, of a mirror that was given up, or that never was", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { add, next: some } = store.pendingChanges;
      await add(mirrorId, "contact", []);
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: false });
      await store.mirrors.discard("us-1");
      const next = await store.mirrors.create("us-1", 350, "form");
      for (const id of [mirrorId, next.id + 1]) {
        await add(id, "contact", [1]);
        expect(await some(id, "contact", 10)).toEqual([]);
      }
      expect(await firmOf(store, "us-1")).toMatchObject({ hasPendingChanges: false });
    });

    it("outlast a close", async () => {
      const { store, open, mirrorId } = await withMirror(engine);
      await store.pendingChanges.add(mirrorId, "client", [1]);
      await store.close();
      expect(await (await open()).pendingChanges.next(mirrorId, "client", 10)).toHaveLength(1);
    });
  });
}
