import { describe, expect, it } from "vitest";
import { firmOf, withMirror } from "./records.ts";
import type { Engine } from "./setup.ts";

export function notedChangeTests(engine: Engine): void {
  describe(`${engine.name}: noted changes`, () => {
    it("are there once each, with how often they were noted", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { note, some } = store.notedChanges;
      await note(mirrorId, "contact", [7, 5, 7, 5]);
      await note(mirrorId, "contact", [5, 9_007_199_254_740_991]);
      expect(await some(mirrorId, "contact", 10)).toEqual([
        { kind: "contact", recordId: 5, times: 2 },
        { kind: "contact", recordId: 7, times: 1 },
        { kind: "contact", recordId: 9_007_199_254_740_991, times: 1 },
      ]);
    });

    it("are kept apart by kind and by mirror", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.begin("us-2", 350, "form");
      const { note, some, done } = store.notedChanges;
      for (const kind of ["contact", "matter", "client"] as const) await note(mirrorId, kind, [5]);
      await note(other.id, "contact", [5]);
      await done(mirrorId, [{ kind: "contact", recordId: 5, times: 1 }]);
      expect(await some(mirrorId, "contact", 10)).toEqual([]);
      expect(await some(mirrorId, "matter", 10)).toEqual([{ kind: "matter", recordId: 5, times: 1 }]);
      expect(await some(mirrorId, "client", 10)).toEqual([{ kind: "client", recordId: 5, times: 1 }]);
      expect(await some(other.id, "contact", 10)).toHaveLength(1);
    });

    it("come a few at a time, until all are done", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { note, some, done } = store.notedChanges;
      await note(mirrorId, "matter", [5, 4, 3, 2, 1]);
      const seen: number[] = [];
      for (let rounds = 0; rounds < 3; rounds++) {
        const changes = await some(mirrorId, "matter", 2);
        expect(changes.length).toBeLessThanOrEqual(2);
        seen.push(...changes.map(({ recordId }) => recordId));
        await done(mirrorId, changes);
      }
      expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5]);
      expect(await some(mirrorId, "matter", 2)).toEqual([]);
    });

    it("stay when they were noted again while they were read", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { note, some, done } = store.notedChanges;
      await note(mirrorId, "contact", [1, 2]);
      const read = await some(mirrorId, "contact", 10);
      await note(mirrorId, "contact", [2, 3]);
      await done(mirrorId, read);
      const left = await some(mirrorId, "contact", 10);
      expect(left.map(({ recordId }) => recordId)).toEqual([2, 3]);
      await done(mirrorId, left);
      expect(await some(mirrorId, "contact", 10)).toEqual([]);
      await done(mirrorId, left);
    });

    it("are all counted when they come at once", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await Promise.all(
        Array.from({ length: 20 }, () => store.notedChanges.note(mirrorId, "contact", [1, 2])),
      );
      expect(await store.notedChanges.some(mirrorId, "contact", 10)).toMatchObject([
        { recordId: 1, times: 20 },
        { recordId: 2, times: 20 },
      ]);
    });

    it("are none without an id, of a mirror that was given up, or that never was", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { note, some } = store.notedChanges;
      await note(mirrorId, "contact", []);
      expect(await firmOf(store, "us-1")).toMatchObject({ changesNoted: false });
      await store.mirrors.giveUp("us-1");
      const next = await store.mirrors.begin("us-1", 350, "form");
      for (const id of [mirrorId, next.id + 1]) {
        await note(id, "contact", [1]);
        expect(await some(id, "contact", 10)).toEqual([]);
      }
      expect(await firmOf(store, "us-1")).toMatchObject({ changesNoted: false });
    });

    it("outlast a close", async () => {
      const { store, open, mirrorId } = await withMirror(engine);
      await store.notedChanges.note(mirrorId, "client", [1]);
      await store.close();
      expect(await (await open()).notedChanges.some(mirrorId, "client", 10)).toHaveLength(1);
    });
  });
}
