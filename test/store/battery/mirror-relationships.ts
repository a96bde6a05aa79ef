import { describe, expect, it } from "vitest";
import type { Relationship } from "../../../src/calls/relationship.ts";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import type { MirrorRecord } from "../../../src/store/repositories/mirror-record-encryption.ts";
import { contact, matter, withMirror } from "./records.ts";
import type { Engine } from "./setup.ts";

function relationship(
  id: number,
  contactId: number,
  matterId: number,
  description = "Spouse",
): MirrorRecord<"relationship"> {
  const content: Relationship = { id, contactId, matterId, description };
  return { kind: "relationship", content, clientId: null, terms: [] };
}

export function mirrorRelationshipTests(engine: Engine): void {
  async function setUp() {
    const opened = await withMirror(engine);
    const { put, mattersRelatedTo } = opened.store.mirrorRecords;
    await put(opened.mirrorId, "contact", [contact(1), contact(2)], "no-deletions");
    await put(opened.mirrorId, "matter", [matter(10, 1), matter(11, null)], "no-deletions");
    const putAll = (records: MirrorRecord<"relationship">[], ids: number[] = []) =>
      put(opened.mirrorId, "relationship", records, ids.length > 0 ? { ids } : "no-deletions");
    const relatedTo = async (contactId: number) =>
      (await mattersRelatedTo(opened.mirrorId, contactId)).map(({ id, relation }) => `${id} ${relation}`);
    return { ...opened, putAll, relatedTo };
  }

  describe(`${engine.name}: mirrored relationships`, () => {
    it("are told by the lookups of calls, so that most callers take no query more", async () => {
      const { store, mirrorId, putAll } = await setUp();
      const withTerm = (id: number) => contact(id, [`number ${id}`]);
      await store.mirrorRecords.put(mirrorId, "contact", [withTerm(1), withTerm(2)], "no-deletions");
      const { contactsByEitherTerm, mattersOfContact } = store.mirrorLookups;
      const related = async () => {
        const found = await (await contactsByEitherTerm("us-1", ["number 1", "number 2"])).find();
        const byId = await Promise.all([1, 2].map(async (id) => (await mattersOfContact("us-1", id)).find()));
        return {
          byNumber: found.flatMap(({ contact, isRelated }) => (isRelated ? contact.id : [])),
          byId: byId.map((matters) => matters?.isRelated),
        };
      };
      expect(await related()).toEqual({ byNumber: [], byId: [false, false] });
      await putAll([relationship(5, 2, 10), relationship(6, 2, 11)]);
      expect(await related()).toEqual({ byNumber: [2], byId: [false, true] });
    });

    it("lead from a contact to matters of others, with or without a client", async () => {
      const { store, mirrorId, putAll, relatedTo } = await setUp();
      await putAll([relationship(5, 2, 10), relationship(6, 2, 11, ""), relationship(7, 1, 11, "Tenant")]);
      expect((await relatedTo(2)).toSorted()).toEqual(["10 Spouse", "11 "]);
      expect(await relatedTo(1)).toEqual(["11 Tenant"]);
      expect(await relatedTo(3)).toEqual([]);
      const [related] = await store.mirrorRecords.mattersRelatedTo(mirrorId, 1);
      expect(related).toEqual({ ...matter(11, null).content, relation: "Tenant" });
      // They are no matters of their own.
      expect(await store.mirrorRecords.mattersByClient(mirrorId, 2)).toEqual([]);
    });

    it("name a matter once, by the first that says something", async () => {
      const { putAll, relatedTo } = await setUp();
      await putAll([
        relationship(7, 2, 10, "Witness"),
        relationship(6, 2, 10, "Sister"),
        relationship(5, 2, 10, ""),
      ]);
      expect(await relatedTo(2)).toEqual(["10 Sister"]);
    });

    it("to a matter that the mirror doesn't have lead nowhere until it has it", async () => {
      const { store, mirrorId, putAll, relatedTo } = await setUp();
      await putAll([relationship(5, 2, 12)]);
      expect(await relatedTo(2)).toEqual([]);
      await store.mirrorRecords.put(mirrorId, "matter", [matter(12, 1)], "no-deletions");
      expect(await relatedTo(2)).toEqual(["12 Spouse"]);
    });

    it("can move to another contact and matter, and are deleted by ID", async () => {
      const { putAll, relatedTo } = await setUp();
      await putAll([relationship(5, 2, 10), relationship(6, 2, 11)]);
      await putAll([relationship(5, 1, 11)], [5, 6]);
      expect(await relatedTo(2)).toEqual([]);
      expect(await relatedTo(1)).toEqual(["11 Spouse"]);
    });

    it("are listed by ID in pages, without records of other kinds", async () => {
      const { store, mirrorId, putAll } = await setUp();
      const { relationshipIds } = store.mirrorRecords;
      await putAll([7, 5, 6, 20].map((id) => relationship(id, 2, 10)));
      expect(await relationshipIds(mirrorId, 0, 3)).toEqual([5, 6, 7]);
      expect(await relationshipIds(mirrorId, 7, 3)).toEqual([20]);
      expect(await relationshipIds(mirrorId, 20, 3)).toEqual([]);
    });

    it.each([
      ["another contact", "contact_id = 1", 1],
      ["another matter", "matter_id = 11", 2],
    ])("don't decrypt if their row is assigned to %s", async (_, change, contactId) => {
      const { runSql, putAll, relatedTo } = await setUp();
      await putAll([relationship(5, 2, 10)]);
      await runSql(`update mirror_records set ${change} where kind = 'relationship'`);
      await expect(relatedTo(contactId)).rejects.toThrow(SealError);
    });

    it("change neither the counts of other records nor the revision of users", async () => {
      const { mirror, putAll } = await setUp();
      const before = await mirror();
      expect(await putAll([relationship(5, 2, 10)])).toBe(1);
      expect(await putAll([relationship(5, 2, 10)])).toBe(0);
      const { records, usersRevision } = await mirror();
      expect({ records, usersRevision }).toEqual({
        records: before.records,
        usersRevision: before.usersRevision,
      });
    });
  });
}
