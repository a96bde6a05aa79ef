import { describe, expect, it } from "vitest";
import { SealError } from "../../../src/store/encryption/seal-error.ts";
import { contact, matter } from "./records.ts";
import type { Engine } from "./setup.ts";

export function mirroredMatterTests({ name, setUpFirms }: Engine): void {
  describe(`${name}: the matters of a mirror`, () => {
    /** A mirror with the matters 1 to 5, and another firm's with matter 3. */
    async function setUp() {
      const opened = await setUpFirms();
      const { mirrors, mirrorRecords, mirroredMatters } = opened.store;
      const { id } = await mirrors.create("us-1", 350, "format");
      const other = await mirrors.create("us-2", 350, "format");
      const matters = [1, 2, 3, 4, 5].map((each) => matter(each, each === 5 ? null : 100 + each));
      await mirrorRecords.put(id, "matter", matters, "no-deletions");
      await mirrorRecords.put(id, "contact", [contact(6)], "no-deletions");
      await mirrorRecords.put(other.id, "matter", [matter(3, 1)], "no-deletions");
      return { ...opened, id, otherId: other.id, matters, mirrorRecords, mirroredMatters };
    }

    it("are listed by ID, in pages", async () => {
      const { mirroredMatters, id, otherId } = await setUp();
      const idsOf = async (after: number, limit: number) =>
        (await mirroredMatters.digests(id, after, limit)).map(({ id }) => id);
      expect(await idsOf(0, 3)).toEqual([1, 2, 3]);
      expect(await idsOf(3, 3)).toEqual([4, 5]);
      expect(await idsOf(5, 3)).toEqual([]);
      expect(await mirroredMatters.digests(otherId, 0, 9)).toHaveLength(1);
    });

    it("have another digest when something of them changes, and the same when nothing does", async () => {
      const { mirroredMatters, mirrorRecords, id } = await setUp();
      const before = await mirroredMatters.digests(id, 0, 9);
      await mirrorRecords.put(
        id,
        "matter",
        [matter(1, 101), matter(2, 102, { status: "Closed" })],
        "no-deletions",
      );
      const after = await mirroredMatters.digests(id, 0, 9);
      expect(after.map(({ digest }, at) => digest === before[at]?.digest)).toEqual([
        true,
        false,
        true,
        true,
        true,
      ]);
    });

    it("are decrypted by ID", async () => {
      const { mirroredMatters, matters, id } = await setUp();
      const found = await mirroredMatters.byId(id, [5, 2, 6, 99]);
      expect(found.toSorted((one, other) => one.id - other.id)).toEqual([
        matters[1]?.content,
        matters[4]?.content,
      ]);
      expect(await mirroredMatters.byId(id, [])).toEqual([]);
    });

    it("don't decrypt once the mirror was discarded", async () => {
      const { mirroredMatters, store, id } = await setUp();
      await store.mirrors.discard("us-1");
      await store.mirrorKeys.forgetDiscarded();
      await expect(mirroredMatters.byId(id, [1])).rejects.toThrow(SealError);
    });
  });
}
