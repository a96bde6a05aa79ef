import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MissingKeyError } from "../../../src/store/encryption/seal-error.ts";
import type { MirrorRecord } from "../../../src/store/repositories/mirror-record-encryption.ts";
import type { IdRange } from "../../../src/store/repositories/mirror-record-writer.ts";
import type { Store } from "../../../src/store/store.ts";
import { NOON } from "../fixtures.ts";
import { contact, firmOf, idsOf, matter, mirrorOf, staff, withMirror } from "./records.ts";
import type { Engine } from "./setup.ts";

const ALL: IdRange = { after: 0, upTo: null };

/** More rows than any engine allows parameters in a statement. */
const MANY_RECORDS = 70_000;

export function mirrorRecordTests(engine: Engine): void {
  const { name, setUpFirms } = engine;

  describe(`${name}: mirror records`, () => {
    it("are returned as they were put", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      const jane = contact(2_512_428_500, ["whole +14155550171", "name zoe d\u2019oe"], {
        name: "Zoë D’Oe 李",
        firstName: null,
        lastName: null,
        type: null,
        isClient: null,
        phoneNumbers: ["(415) 555-0171", "٠١٧١"],
      });
      const estate = matter(9_007_199_254_740_991, jane.content.id, {
        description: 'Doe "v." Acme\n',
        staff: {},
      });
      const felix = staff(350, { name: null, email: null, phoneNumber: "+1 415 555 0133 x2", enabled: null });
      expect(await put(mirrorId, "user", [felix], "no-deletions")).toBe(1);
      expect(await put(mirrorId, "contact", [jane], "no-deletions")).toBe(1);
      expect(await put(mirrorId, "matter", [estate], "no-deletions")).toBe(1);

      expect(await store.mirrorRecords.users(mirrorId)).toEqual(new Map([[350, felix.content]]));
      expect(await store.mirrorRecords.contactsByTerms(mirrorId, ["whole +14155550171"])).toEqual([
        jane.content,
      ]);
      expect(await store.mirrorRecords.mattersByClient(mirrorId, jane.content.id)).toEqual([estate.content]);
      expect(await store.mirrorRecords.hasContact(mirrorId, jane.content.id)).toBe(true);
      expect(await mirror()).toMatchObject({ records: { users: 1, contacts: 1, matters: 1 } });
    });

    it("of different kinds are independent, even with the same IDs", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      await put(mirrorId, "contact", [contact(1, ["term"])], "no-deletions");
      await put(mirrorId, "matter", [matter(1, 1), matter(2, 1)], "no-deletions");
      await put(mirrorId, "user", [staff(1), staff(3)], "no-deletions");
      expect(await store.mirrorRecords.hasContact(mirrorId, 2)).toBe(false);
      expect(await store.mirrorRecords.hasContact(mirrorId, 3)).toBe(false);
      expect([...(await store.mirrorRecords.users(mirrorId)).keys()].toSorted()).toEqual([1, 3]);

      expect(await put(mirrorId, "user", [], ALL)).toBe(2);
      expect(await put(mirrorId, "matter", [], { ids: [1] })).toBe(1);
      expect(await mirror()).toMatchObject({ records: { users: 0, contacts: 1, matters: 1 } });
      expect(idsOf(await store.mirrorRecords.contactsByTerms(mirrorId, ["term"]))).toEqual([1]);
      expect(idsOf(await store.mirrorRecords.mattersByClient(mirrorId, 1))).toEqual([2]);
    });

    it("are written only if they are new or changed", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      expect(await put(mirrorId, "contact", [contact(1, ["a"]), contact(2, ["b"])], "no-deletions")).toBe(2);
      expect(await mirror()).toMatchObject({ changedAt: NOON, records: { contacts: 2 } });
      const after = await mirror();

      clock.now += 1000;
      expect(await put(mirrorId, "contact", [contact(2, ["b"]), contact(1, ["a"])], "no-deletions")).toBe(0);
      expect(await put(mirrorId, "contact", [contact(1, ["a"]), contact(2, ["b"])], ALL)).toBe(0);
      expect(await put(mirrorId, "contact", [contact(1, ["a"])], { ids: [1] })).toBe(0);
      expect(await put(mirrorId, "contact", [], { ids: [3] })).toBe(0);
      expect(await mirror()).toEqual(after);

      const renamed = contact(2, ["b"], { name: "Renamed" });
      expect(
        await put(mirrorId, "contact", [contact(1, ["a"]), renamed, contact(3, ["c"])], "no-deletions"),
      ).toBe(2);
      expect(await mirror()).toMatchObject({ changedAt: NOON + 1000, records: { contacts: 3 } });
      expect(await store.mirrorRecords.contactsByTerms(mirrorId, ["b"])).toEqual([renamed.content]);

      const changed = await mirror();
      clock.now += 1000;
      expect(await put(mirrorId, "contact", [contact(1, ["a"]), renamed, contact(3, ["c"])], ALL)).toBe(0);
      expect(await mirror()).toEqual(changed);
      expect(await put(mirrorId, "contact", [contact(2, ["b"])], "no-deletions")).toBe(1);
    });

    it("change the users revision with every change to a user, and with nothing else", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      const revisions = [(await mirror()).usersRevision];
      const putUsers = async (users: MirrorRecord<"user">[], idRange: IdRange) => {
        await put(mirrorId, "user", users, idRange);
        revisions.push((await mirror()).usersRevision);
      };
      await putUsers([staff(1), staff(2)], ALL);
      await putUsers([staff(1), staff(2, { phoneNumber: "415 555 0134" })], ALL);
      await putUsers([staff(1)], ALL);
      expect(new Set(revisions).size).toBe(4);

      await put(mirrorId, "contact", [contact(1)], "no-deletions");
      await put(mirrorId, "matter", [matter(1, 1)], "no-deletions");
      await putUsers([staff(1)], ALL);
      expect(revisions[4]).toBe(revisions[3]);
    });

    it("are returned as the current users", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put, users } = store.mirrorRecords;
      expect(await users(mirrorId)).toEqual(new Map());
      await put(mirrorId, "user", [staff(1), staff(2), staff(3)], ALL);
      const renamed = staff(2, { name: "Renamed", enabled: false });
      await put(mirrorId, "user", [staff(1), renamed], ALL);
      expect(await users(mirrorId)).toEqual(
        new Map([
          [1, staff(1).content],
          [2, renamed.content],
        ]),
      );
    });
  });

  describe(`${name}: an ID range`, () => {
    /** Contacts, matters and users 10, 20, 30, 40 and 50, in the mirrors of both firms. */
    async function filledMirrors() {
      const opened = await withMirror(engine);
      const other = await opened.store.mirrors.create("us-2", 350, "format");
      for (const mirrorId of [opened.mirrorId, other.id])
        for (const id of [10, 20, 30, 40, 50]) {
          await opened.store.mirrorRecords.put(mirrorId, "contact", [contact(id, ["term"])], "no-deletions");
          await opened.store.mirrorRecords.put(mirrorId, "matter", [matter(id, 7)], "no-deletions");
          await opened.store.mirrorRecords.put(mirrorId, "user", [staff(id)], "no-deletions");
        }
      return { ...opened, otherId: other.id };
    }

    async function everything(store: Store, mirrorId: number) {
      return {
        contacts: idsOf(await store.mirrorRecords.contactsByTerms(mirrorId, ["term"])),
        matters: idsOf(await store.mirrorRecords.mattersByClient(mirrorId, 7)),
        users: [...(await store.mirrorRecords.users(mirrorId)).keys()].toSorted(),
      };
    }
    const FIVE = [10, 20, 30, 40, 50];

    it.each<[string, put: number[], idRange: IdRange, changed: number, left: number[]]>([
      ["between two IDs", [30], { after: 10, upTo: 40 }, 2, [10, 30, 50]],
      ["that begins where another ended", [], { after: 20, upTo: 30 }, 1, [10, 20, 40, 50]],
      ["without an upper limit", [40], { after: 20, upTo: null }, 2, [10, 20, 40]],
      ["of all IDs", [], { after: 0, upTo: null }, 5, []],
      ["with new records in it", [25, 30, 35], { after: 20, upTo: 40 }, 3, [10, 20, 25, 30, 35, 50]],
      ["that is empty", [], { after: 30, upTo: 30 }, 0, FIVE],
      ["of certain IDs", [20], { ids: [20, 30, 99] }, 1, [10, 20, 40, 50]],
      [
        "of certain IDs, with another record in the batch",
        [20, 60],
        { ids: [20, 30] },
        2,
        [10, 20, 40, 50, 60],
      ],
      ["of no IDs", [], { ids: [] }, 0, FIVE],
      ["that allows no deletions", [20, 60], "no-deletions", 1, [...FIVE, 60]],
      ["that allows no deletions, with an empty batch", [], "no-deletions", 0, FIVE],
    ])(
      "%s: what is missing within it is deleted, and nothing else",
      async (_, ids, idRange, changed, left) => {
        const { store, mirrorId, otherId, mirror } = await filledMirrors();
        const { put } = store.mirrorRecords;
        const before = await everything(store, otherId);

        const contacts = ids.map((id) => contact(id, ["term"]));
        expect(await put(mirrorId, "contact", contacts, idRange)).toBe(changed);
        expect(await everything(store, mirrorId)).toEqual({ contacts: left, matters: FIVE, users: FIVE });
        const matters = ids.map((id) => matter(id, 7));
        expect(await put(mirrorId, "matter", matters, idRange)).toBe(changed);
        expect(await everything(store, mirrorId)).toEqual({ contacts: left, matters: left, users: FIVE });
        expect(
          await put(
            mirrorId,
            "user",
            ids.map((id) => staff(id)),
            idRange,
          ),
        ).toBe(changed);
        expect(await everything(store, mirrorId)).toEqual({ contacts: left, matters: left, users: left });

        const { length } = left;
        expect((await mirror()).records).toEqual({ contacts: length, matters: length, users: length });
        for (const id of FIVE)
          expect(await store.mirrorRecords.hasContact(mirrorId, id)).toBe(left.includes(id));
        expect(await everything(store, otherId)).toEqual(before);
        expect((await mirrorOf(store, "us-2")).records).toEqual({ contacts: 5, matters: 5, users: 5 });
      },
    );

    it("counts additions, changes and deletions", async () => {
      const { store, mirrorId, mirror } = await filledMirrors();
      const renamed = contact(30, ["term"], { name: "Renamed" });
      const records = [contact(20, ["term"]), renamed, contact(35, ["term"]), contact(36, ["term"])];
      // 30 is changed, 35 and 36 are new, 40 is deleted.
      expect(await store.mirrorRecords.put(mirrorId, "contact", records, { after: 10, upTo: 40 })).toBe(4);
      expect((await mirror()).records).toMatchObject({ contacts: 6, matters: 5, users: 5 });
    });

    it("doesn't leave terms of deleted contacts behind", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put, contactsByTerms } = store.mirrorRecords;
      await put(mirrorId, "contact", [contact(1, ["old"]), contact(2, ["old"])], "no-deletions");
      await put(mirrorId, "contact", [contact(2, ["old"])], ALL);
      // If the old term were still there, it would find the contact again, or the insert would fail.
      await put(mirrorId, "contact", [contact(1, ["new"])], "no-deletions");
      expect(idsOf(await contactsByTerms(mirrorId, ["old"]))).toEqual([2]);
      expect(idsOf(await contactsByTerms(mirrorId, ["new"]))).toEqual([1]);
    });

    it("treats a record that Clio returns twice as one", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      const twice = [contact(1, ["a"]), contact(2, ["b"]), contact(1, ["a"])];
      expect(await store.mirrorRecords.put(mirrorId, "contact", twice, "no-deletions")).toBe(2);
      expect((await mirror()).records.contacts).toBe(2);
      expect(idsOf(await store.mirrorRecords.contactsByTerms(mirrorId, ["a", "b"]))).toEqual([1, 2]);
    });

    it("is applied as a whole or not at all", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      const { put, contactsByTerms } = store.mirrorRecords;
      await put(mirrorId, "contact", [contact(1, ["old"]), contact(2, ["old"])], "no-deletions");
      const before = await mirror();
      clock.now += 1000;
      const unstorable = contact(Number.NaN, ["new"]);
      await expect(put(mirrorId, "contact", [contact(1, ["new"]), unstorable], ALL)).rejects.toThrow();
      expect(await mirror()).toEqual(before);
      expect(idsOf(await contactsByTerms(mirrorId, ["old"]))).toEqual([1, 2]);
      expect(await contactsByTerms(mirrorId, ["new"])).toEqual([]);
      expect(await put(mirrorId, "contact", [contact(1, ["new"])], ALL)).toBe(2);
    });

    it("can delete any number of records", async () => {
      const { store, mirrorId, mirror } = await withMirror(engine);
      const { put } = store.mirrorRecords;
      const BATCH = 5_000;
      for (let first = 1; first <= MANY_RECORDS; first += BATCH) {
        const records = Array.from({ length: BATCH }, (_, at) => contact(first + at));
        await put(mirrorId, "contact", records, "no-deletions");
      }
      expect((await mirror()).records.contacts).toBe(MANY_RECORDS);
      // As if a large firm had restricted its visibility settings: the user sees only one contact.
      expect(await put(mirrorId, "contact", [contact(40_000)], ALL)).toBe(MANY_RECORDS - 1);
      expect((await mirror()).records.contacts).toBe(1);
      expect(await store.mirrorRecords.hasContact(mirrorId, 40_000)).toBe(true);
      expect(await store.mirrorRecords.hasContact(mirrorId, MANY_RECORDS)).toBe(false);
    });

    it("has the same result as on a plain list, in any sequence", async () => {
      const { store } = await setUpFirms();
      const id = fc.integer({ min: 1, max: 8 });
      const step = fc.record({
        kind: fc.constantFrom("contact" as const, "matter" as const),
        /** The records in Clio, each in one of two versions. */
        clio: fc.uniqueArray(fc.record({ id, version: fc.integer({ min: 1, max: 2 }) }), {
          selector: (one) => one.id,
          maxLength: 8,
        }),
        idRange: fc.oneof(
          fc.record({ after: fc.integer({ min: 0, max: 8 }), upTo: fc.option(id) }),
          fc.record({ ids: fc.uniqueArray(id, { maxLength: 6 }) }),
          fc.constant("no-deletions" as const),
        ),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
          const mirror = await store.mirrors.create("us-1", 350, "format");
          const model = { contact: new Map<number, number>(), matter: new Map<number, number>() };
          for (const { kind, clio, idRange } of steps) {
            const known = model[kind];
            const inside = (one: number) => {
              if (idRange === "no-deletions") return false;
              if ("ids" in idRange) return idRange.ids.includes(one);
              return one > idRange.after && (idRange.upTo === null || one <= idRange.upTo);
            };
            // A page has no records outside its range.
            const page =
              idRange === "no-deletions" || "ids" in idRange ? clio : clio.filter((one) => inside(one.id));
            const gone = [...known.keys()].filter((one) => inside(one) && !page.some(({ id }) => id === one));
            const changed = page.filter(({ id, version }) => known.get(id) !== version);
            for (const one of gone) known.delete(one);
            for (const one of changed) known.set(one.id, one.version);

            const put = store.mirrorRecords.put;
            const result =
              kind === "contact"
                ? await put(
                    mirror.id,
                    kind,
                    page.map((one) => contact(one.id, ["any", `version ${one.version}`])),
                    idRange,
                  )
                : await put(
                    mirror.id,
                    kind,
                    page.map((one) => matter(one.id, one.version)),
                    idRange,
                  );
            expect(result).toBe(gone.length + changed.length);
          }
          const { records } = await mirrorOf(store, "us-1");
          expect(records).toEqual({ users: 0, contacts: model.contact.size, matters: model.matter.size });
          const { contactsByTerms, mattersByClient } = store.mirrorRecords;
          const idsWithVersion = (known: Map<number, number>, version: number) =>
            [...known]
              .filter(([, one]) => one === version)
              .map(([one]) => one)
              .toSorted((one, other) => one - other);
          expect(idsOf(await contactsByTerms(mirror.id, ["any"]))).toHaveLength(model.contact.size);
          for (const version of [1, 2]) {
            const found = await contactsByTerms(mirror.id, [`version ${version}`]);
            expect(idsOf(found)).toEqual(idsWithVersion(model.contact, version));
            expect(idsOf(await mattersByClient(mirror.id, version))).toEqual(
              idsWithVersion(model.matter, version),
            );
          }
        }),
        { numRuns: 40 },
      );
    });
  });

  describe(`${name}: mirrored contacts`, () => {
    it("are found once each by any of several terms", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put, contactsByTerms } = store.mirrorRecords;
      const records = [
        contact(1, ["whole +14155550171", "end 0171", "name jane doe"]),
        contact(2, ["end 0171"]),
        contact(3, []),
        // The same number in two fields.
        contact(4, ["end 0172", "end 0172"]),
      ];
      await put(mirrorId, "contact", records, "no-deletions");
      const found = async (...terms: string[]) => idsOf(await contactsByTerms(mirrorId, terms));
      expect(await found("whole +14155550171", "end 0171")).toEqual([1, 2]);
      expect(await found("whole +14155550171", "name jane doe")).toEqual([1]);
      expect(await found("end 0172", "end 0171", "end 0172")).toEqual([1, 2, 4]);
      expect(await found("name jane doe", "end 9999")).toEqual([1]);
      expect(await found("end 9999")).toEqual([]);
      expect(await found("end 017")).toEqual([]);
      expect(await found("END 0171")).toEqual([]);
      expect(await found()).toEqual([]);
    });

    it("are found only by their current terms", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put, contactsByTerms } = store.mirrorRecords;
      await put(mirrorId, "contact", [contact(1, ["old", "both"]), contact(2, ["old"])], "no-deletions");
      // The contact is unchanged in Clio, but the search rules are different.
      expect(await put(mirrorId, "contact", [contact(1, ["both", "new"])], "no-deletions")).toBe(1);
      const found = async (term: string) => idsOf(await contactsByTerms(mirrorId, [term]));
      expect(await found("old")).toEqual([2]);
      expect(await found("both")).toEqual([1]);
      expect(await found("new")).toEqual([1]);
      await put(mirrorId, "contact", [contact(1, [])], "no-deletions");
      expect(await found("both")).toEqual([]);
      expect(await store.mirrorRecords.hasContact(mirrorId, 1)).toBe(true);
    });

    it("are found only in their own firm's mirror", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const other = await store.mirrors.create("us-2", 350, "format");
      const { put, contactsByTerms, mattersByClient, hasContact, users } = store.mirrorRecords;
      await put(mirrorId, "contact", [contact(1, ["end 0171"])], "no-deletions");
      await put(mirrorId, "matter", [matter(2, 1)], "no-deletions");
      await put(mirrorId, "user", [staff(3)], "no-deletions");
      expect(await contactsByTerms(other.id, ["end 0171"])).toEqual([]);
      expect(await mattersByClient(other.id, 1)).toEqual([]);
      expect(await hasContact(other.id, 1)).toBe(false);
      expect(await users(other.id)).toEqual(new Map());

      await put(
        other.id,
        "contact",
        [contact(1, ["end 0171"], { name: "The other firm's" })],
        "no-deletions",
      );
      expect(await contactsByTerms(mirrorId, ["end 0171"])).toEqual([contact(1).content]);
      expect(await contactsByTerms(other.id, ["end 0171"])).toMatchObject([{ name: "The other firm's" }]);
    });
  });

  describe(`${name}: mirrored matters`, () => {
    it("are found by client, ordered by ID", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put, mattersByClient } = store.mirrorRecords;
      await put(
        mirrorId,
        "matter",
        [matter(12, 1), matter(2, 1), matter(3, 2), matter(4, null)],
        "no-deletions",
      );
      expect(await mattersByClient(mirrorId, 1)).toEqual([matter(2, 1).content, matter(12, 1).content]);
      expect(await mattersByClient(mirrorId, 2)).toEqual([matter(3, 2).content]);
      expect(await mattersByClient(mirrorId, 4)).toEqual([]);
    });

    it("move when they are assigned to another client, or to none", async () => {
      const { store, clock, mirrorId, mirror } = await withMirror(engine);
      const { put, mattersByClient } = store.mirrorRecords;
      await put(mirrorId, "matter", [matter(5, 1), matter(6, 1)], "no-deletions");
      clock.now += 1000;
      // Only the client has changed.
      expect(await put(mirrorId, "matter", [matter(5, 2)], "no-deletions")).toBe(1);
      expect(await mirror()).toMatchObject({ changedAt: NOON + 1000, records: { matters: 2 } });
      expect(idsOf(await mattersByClient(mirrorId, 1))).toEqual([6]);
      expect(idsOf(await mattersByClient(mirrorId, 2))).toEqual([5]);
      expect(await put(mirrorId, "matter", [matter(5, null)], "no-deletions")).toBe(1);
      expect(await mattersByClient(mirrorId, 2)).toEqual([]);
    });
  });

  describe(`${name}: a mirror whose key was lost in a crash of the database`, () => {
    it("is kept by the process that has the key in memory, which puts it back", async () => {
      const { store, open, mirrorId, loseKeys } = await withLostKeys();
      const other = await open();
      await loseKeys();
      await other.mirrorKeys.restoreLost();
      await expect(other.mirrorRecords.users(mirrorId)).rejects.toThrow(MissingKeyError);
      await expect(
        other.mirrorRecords.put(mirrorId, "contact", [contact(2)], "no-deletions"),
      ).rejects.toThrow(MissingKeyError);
      await store.mirrorKeys.restoreLost();
      await other.mirrorKeys.restoreLost();
      for (const { mirrorRecords } of [store, other])
        expect(await mirrorRecords.contactsByTerms(mirrorId, ["old"])).toEqual([contact(1).content]);
      expect((await mirrorOf(store, "us-1")).id).toBe(mirrorId);
    });

    it("is discarded at the second check if no process has the key", async () => {
      const { open, mirrorId, loseKeys } = await withLostKeys();
      const other = await open();
      await loseKeys();
      await other.mirrorKeys.restoreLost();
      expect((await mirrorOf(other, "us-1")).id).toBe(mirrorId);
      await other.mirrorKeys.restoreLost();
      expect(await firmOf(other, "us-1")).toMatchObject({ mirror: null });
    });

    it("stays discarded, though a process still has the key in memory", async () => {
      const { store, open, mirrorId } = await withLostKeys();
      await (await open()).mirrors.discard("us-1");
      await store.mirrorKeys.restoreLost();
      const fresh = await open();
      await expect(fresh.mirrorRecords.users(mirrorId)).rejects.toThrow(MissingKeyError);
    });

    /** A mirror whose key this process has used, and a way to lose it. */
    async function withLostKeys() {
      const opened = await withMirror(engine);
      const { store, mirrorId } = opened;
      await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["old"])], "no-deletions");
      return { ...opened, loseKeys: () => opened.runSql("delete from mirror_keys") };
    }
  });

  describe(`${name}: a discarded mirror`, () => {
    it("accepts no records", async () => {
      const { store, mirrorId } = await withMirror(engine);
      const { put, contactsByTerms, users } = store.mirrorRecords;
      await put(mirrorId, "contact", [contact(1, ["old"])], "no-deletions");
      await put(mirrorId, "user", [staff(1)], "no-deletions");
      await store.mirrors.discard("us-1");

      expect(await put(mirrorId, "contact", [contact(1, ["new"]), contact(2, ["new"])], "no-deletions")).toBe(
        0,
      );
      expect(await put(mirrorId, "contact", [], ALL)).toBe(0);
      expect(await put(mirrorId, "user", [], ALL)).toBe(0);
      // A call that has begun may finish.
      expect(await contactsByTerms(mirrorId, ["new"])).toEqual([]);
      expect(await contactsByTerms(mirrorId, ["old"])).toEqual([contact(1).content]);
      expect(await users(mirrorId)).toEqual(new Map([[1, staff(1).content]]));
    });

    it("can't be read by any process once it has forgotten the key", async () => {
      const { store, open, mirrorId } = await withMirror(engine);
      const other = await open();
      await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["old"])], "no-deletions");
      for (const { mirrorRecords } of [store, other])
        expect(await mirrorRecords.contactsByTerms(mirrorId, ["old"])).toEqual([contact(1).content]);
      await store.mirrorKeys.forgetDiscarded();
      expect(await store.mirrorRecords.contactsByTerms(mirrorId, ["old"])).toEqual([contact(1).content]);

      await store.mirrors.discard("us-1");
      for (const { mirrorKeys, mirrorRecords } of [store, other]) {
        await mirrorKeys.forgetDiscarded();
        await expect(mirrorRecords.contactsByTerms(mirrorId, ["old"])).rejects.toThrow(MissingKeyError);
        expect(await mirrorRecords.put(mirrorId, "contact", [contact(2)], "no-deletions")).toBe(0);
      }
    });

    it("accepts none if it never existed either", async () => {
      const { store, mirrorId } = await withMirror(engine);
      expect(await store.mirrorRecords.put(mirrorId + 1, "user", [staff(1)], "no-deletions")).toBe(0);
      await expect(store.mirrorRecords.users(mirrorId + 1)).rejects.toThrow(MissingKeyError);
    });
  });
}
