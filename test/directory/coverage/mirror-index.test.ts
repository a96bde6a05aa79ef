import { expect, test } from "vitest";
import type { Matter } from "../../../src/calls/matter.ts";
import { MirrorIndex } from "../../../src/directory/coverage/mirror-index.ts";

const MIRROR_ID = 7;

/** An index over matters that the test changes, and the IDs that it decrypted. */
function setUp(count: number) {
  const matters = new Map<number, { matter: Matter; digest: string }>();
  const put = (id: number, status: Matter["status"], digest: string) =>
    matters.set(id, {
      digest,
      matter: {
        id,
        displayNumber: `${id}-${digest}`,
        description: null,
        status,
        lastActivityDate: null,
        updatedAt: null,
        staff: {},
      },
    });
  for (let id = 1; id <= count; id += 1) put(id, "Open", "first");
  const decrypted: number[] = [];
  const records = {
    digests: async (_: number, after: number, limit: number) =>
      [...matters]
        .filter(([id]) => id > after)
        .toSorted(([one], [other]) => one - other)
        .slice(0, limit)
        .map(([id, { digest }]) => ({ id, digest })),
    byId: async (_: number, ids: readonly number[]) => {
      decrypted.push(...ids);
      return ids.flatMap((id) => matters.get(id)?.matter ?? []);
    },
  };
  const clock = { now: 1_000_000 };
  const index = new MirrorIndex(records, () => clock.now);
  const read = async (changedAt: number) => {
    decrypted.length = 0;
    const { matters } = await index.of({ id: MIRROR_ID, changedAt });
    return {
      numbers: [...matters.values()].map(({ displayNumber }) => displayNumber),
      decrypted: [...decrypted],
    };
  };
  return { matters, put, clock, index, read };
}

test("reads all matters of a large mirror once, in order", async () => {
  const { read } = setUp(5_000);
  const { numbers, decrypted } = await read(0);
  expect(numbers).toEqual(Array.from({ length: 5_000 }, (_, at) => `${at + 1}-first`));
  expect(decrypted).toHaveLength(5_000);
  expect((await read(0)).decrypted).toEqual([]);
});

test("decrypts only what has changed, and drops what was closed or deleted", async () => {
  const { put, matters, read } = setUp(5);
  await read(0);
  put(2, "Open", "second");
  put(3, "Closed", "second");
  matters.delete(4);
  put(6, "Pending", "first");
  expect(await read(1)).toEqual({
    numbers: ["1-first", "2-second", "5-first", "6-first"],
    decrypted: [2, 3, 6],
  });
  put(3, "Open", "third");
  expect(await read(2)).toEqual({
    numbers: ["1-first", "2-second", "3-third", "5-first", "6-first"],
    decrypted: [3],
  });
});

test("notices a second change in the same millisecond", async () => {
  const { put, read, clock } = setUp(2);
  await read(clock.now);
  put(1, "Open", "second");
  expect((await read(clock.now)).numbers).toEqual(["1-second", "2-first"]);
});

test("reads once for callers at the same time", async () => {
  const { index, read } = setUp(300);
  const [one, other, { decrypted }] = await Promise.all([
    index.of({ id: MIRROR_ID, changedAt: 0 }),
    index.of({ id: MIRROR_ID, changedAt: 0 }),
    read(0),
  ]);
  expect(one).toBe(other);
  expect(decrypted).toHaveLength(300);
});
