import { describe, expect, it } from "vitest";
import { MissingKeyError } from "../../../src/store/encryption/seal-error.ts";
import type { Store } from "../../../src/store/store.ts";
import { user } from "../fixtures.ts";
import { contact, idsOf, matter, withMirror } from "./records.ts";
import type { Engine } from "./setup.ts";

export function mirrorLookupTests(engine: Engine): void {
  const { name } = engine;

  async function findContacts(store: Store, firmId: string, ...terms: [string, string]) {
    const { find } = await store.mirrorLookups.contactsByEitherTerm(firmId, terms);
    const found = await find();
    return found
      .map(({ contact, matchesFirst, matters }) => ({ contact, matchesFirst, matters: matters() }))
      .toSorted((one, other) => one.contact.id - other.contact.id);
  }

  async function findMatters(store: Store, firmId: string, contactId: number) {
    const found = await (await store.mirrorLookups.mattersOfContact(firmId, contactId)).find();
    return found?.matters ?? null;
  }

  describe(`${name}: a lookup by either of two terms`, () => {
    it("finds each contact once, with whether the first term matched", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await store.mirrors.create("us-2", 350, "format");
      const records = [
        contact(1, ["whole +14155550171", "end 0171"]),
        contact(2, ["end 0171"]),
        contact(3, ["whole +14155550171"]),
        contact(4, ["end 0172"]),
      ];
      await store.mirrorRecords.put(mirrorId, "contact", records, "no-deletions");
      const found = async (firmId: string, ...terms: [string, string]) =>
        (await findContacts(store, firmId, ...terms)).map(({ contact, matchesFirst }) => [
          contact.id,
          matchesFirst,
        ]);
      expect(await found("us-1", "whole +14155550171", "end 0171")).toEqual([
        [1, true],
        [2, false],
        [3, true],
      ]);
      expect(await found("us-1", "end 0171", "whole +14155550171")).toEqual([
        [1, true],
        [2, true],
        [3, false],
      ]);
      expect(await found("us-1", "end 0172", "end 0172")).toEqual([[4, true]]);
      expect(await found("us-1", "end 9999", "end 0172")).toEqual([[4, false]]);
      expect(await found("us-1", "end 9999", "end 9998")).toEqual([]);
      expect(await found("us-2", "whole +14155550171", "end 0171")).toEqual([]);
      expect(await findContacts(store, "us-1", "end 0172", "x")).toEqual([
        { contact: contact(4).content, matchesFirst: true, matters: [] },
      ]);
    });

    it("returns each contact's matters, by ID, the first time and later", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      await put(
        mirrorId,
        "contact",
        [contact(1, ["a"]), contact(2, ["a"]), contact(3, ["a"])],
        "no-deletions",
      );
      const matters = [matter(12, 1), matter(5, 1), matter(100, 1), matter(7, 3), matter(8, null)];
      await put(mirrorId, "matter", matters, "no-deletions");
      for (let time = 1; time <= 3; time += 1) {
        const found = await findContacts(store, "us-1", "x", "a");
        expect(found.map(({ contact, matters }) => [contact.id, matters.map(({ id }) => id)])).toEqual([
          [1, [5, 12, 100]],
          [2, []],
          [3, [7]],
        ]);
        expect(found[0]?.matters).toEqual(
          [matter(5, 1), matter(12, 1), matter(100, 1)].map((one) => one.content),
        );
      }
    });

    it("can run many times at once", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      const ids = Array.from({ length: 30 }, (_, at) => at + 1);
      await put(
        mirrorId,
        "contact",
        ids.map((id) => contact(id, [`term ${id}`])),
        "no-deletions",
      );
      await put(
        mirrorId,
        "matter",
        ids.map((id) => matter(100 + id, id)),
        "no-deletions",
      );
      const found = await Promise.all(ids.map((id) => findContacts(store, "us-1", `term ${id}`, "x")));
      expect(found.map((some) => some.map(({ contact }) => contact.id))).toEqual(ids.map((id) => [id]));
      expect(found.map((some) => idsOf(some[0]?.matters ?? []))).toEqual(ids.map((id) => [100 + id]));
    });

    it("sees every change at once, whichever process made it", async () => {
      const { store, open, mirrorId } = await withMirror(engine);
      const other = await open();
      const { put } = other.mirrorRecords;
      const numbers = async () =>
        (await findContacts(store, "us-1", "a", "x")).map(({ contact, matters }) => [
          contact.id,
          idsOf(matters),
        ]);
      expect(await numbers()).toEqual([]);
      await put(mirrorId, "contact", [contact(1, ["a"])], "no-deletions");
      expect(await numbers()).toEqual([[1, []]]);
      await put(mirrorId, "matter", [matter(2, 1)], "no-deletions");
      expect(await numbers()).toEqual([[1, [2]]]);
      await put(mirrorId, "matter", [matter(2, 3)], "no-deletions");
      expect(await numbers()).toEqual([[1, []]]);
      await put(mirrorId, "contact", [], { ids: [1] });
      expect(await numbers()).toEqual([]);
    });

    it("returns the firm's summary, and the mirror that another process has just created", async () => {
      const { store, open, mirrorId } = await withMirror(engine);
      await store.connections.save(user("us-1", 350));
      const lookUp = () => store.mirrorLookups.contactsByEitherTerm("us-1", ["a", "x"]);
      await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["a"])], "no-deletions");
      for (let time = 1; time <= 2; time += 1) {
        const { firm, find } = await lookUp();
        expect(firm).toEqual(await store.mirrors.findSummary("us-1"));
        expect(firm).toMatchObject({ lookupUserId: 350, mirror: { id: mirrorId, userId: 350 } });
        expect(await find()).toHaveLength(1);
      }

      const other = await open();
      const { id: newId } = await other.mirrors.create("us-1", 350, "format");
      await other.mirrorRecords.put(newId, "contact", [contact(2, ["a"]), contact(3, ["a"])], "no-deletions");
      for (let time = 1; time <= 2; time += 1) {
        const { firm, find } = await lookUp();
        expect(firm).toEqual(await store.mirrors.findSummary("us-1"));
        expect(firm?.mirror?.id).toBe(newId);
        expect(idsOf((await find()).map(({ contact }) => contact))).toEqual([2, 3]);
      }
    });

    it("says so if the firm has no mirror, or isn't admitted", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const firmOf = async (firmId: string) =>
        (await store.mirrorLookups.contactsByEitherTerm(firmId, ["a", "x"])).firm;
      expect(await firmOf("us-2")).toEqual({ lookupUserId: null, absencesRevision: 0, mirror: null });
      expect(await firmOf("us-3")).toBeNull();

      await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["a"])], "no-deletions");
      expect(await findContacts(store, "us-1", "a", "x")).toHaveLength(1);
      await store.mirrors.discard("us-1");
      expect(await firmOf("us-1")).toEqual({ lookupUserId: null, absencesRevision: 0, mirror: null });
      await store.firms.remove("us-1");
      expect(await firmOf("us-1")).toBeNull();
    });

    it("finds nothing in a mirror that was discarded between its two queries", async () => {
      const { store, mirrorId } = await withMirror(engine);
      await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["a"])], "no-deletions");
      const { firm, find } = await store.mirrorLookups.contactsByEitherTerm("us-1", ["a", "x"]);
      expect(firm?.mirror?.id).toBe(mirrorId);
      // The key is in memory, so only the mirror itself shows that it is gone.
      await store.mirrorKeys.cipherFor(mirrorId);
      await store.mirrors.create("us-1", 350, "format");
      await expect(find()).rejects.toThrow(MissingKeyError);
    });
  });

  describe(`${name}: a lookup of a contact's matters`, () => {
    it("finds them by ID, if the mirror has the contact", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      await put(mirrorId, "contact", [contact(1), contact(2)], "no-deletions");
      await put(mirrorId, "matter", [matter(12, 1), matter(5, 1), matter(1, 3)], "no-deletions");
      expect(await findMatters(store, "us-1", 1)).toEqual([matter(5, 1).content, matter(12, 1).content]);
      expect(await findMatters(store, "us-1", 2)).toEqual([]);
      // A contact that was deleted in Clio, where its matter remains; and the ID of a matter.
      expect(await findMatters(store, "us-1", 3)).toBeNull();
      expect(await findMatters(store, "us-1", 12)).toBeNull();
      expect(await findMatters(store, "us-2", 1)).toBeNull();
    });

    it("returns the firm's summary", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const firmOf = async (firmId: string) => (await store.mirrorLookups.mattersOfContact(firmId, 1)).firm;
      expect(await firmOf("us-1")).toEqual(await store.mirrors.findSummary("us-1"));
      expect((await firmOf("us-1"))?.mirror?.id).toBe(mirrorId);
      expect(await firmOf("us-2")).toEqual({ lookupUserId: null, absencesRevision: 0, mirror: null });
      expect(await firmOf("us-3")).toBeNull();
    });
  });
}
