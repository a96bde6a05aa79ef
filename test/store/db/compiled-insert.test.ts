import { expect, it, onTestFinished } from "vitest";
import { compileInsert } from "../../../src/store/db/compiled-insert.ts";
import { openSqlite } from "../../../src/store/db/sqlite/sqlite.ts";
import { temporaryFolder } from "../../../testkit/temporary-folder.ts";

interface Things {
  things: { id: number; name: string | null; size: number };
}

async function setUp() {
  const folder = temporaryFolder();
  const db = openSqlite<Things>(`${folder.path}/things.db`);
  onTestFinished(async () => {
    await db.destroy();
    folder[Symbol.dispose]();
  });
  await db.schema
    .createTable("things")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("name", "text")
    .addColumn("size", "integer")
    .execute();
  const insert = compileInsert(["id", "name", "size"], (rows) =>
    db
      .insertInto("things")
      .values(rows)
      .onConflict((conflict) =>
        conflict.column("id").doUpdateSet(({ ref }) => ({ name: ref("excluded.name") })),
      ),
  );
  return { insert, db, stored: () => db.selectFrom("things").selectAll().orderBy("id").execute() };
}

const thing = (id: number) => ({ id, name: id % 5 === 0 ? null : `thing ${id}`, size: id % 3 });

it.each([0, 1, 2, 3, 7, 240, 256, 257, 1_000])("inserts %d rows, in several queries", async (count) => {
  const { insert, db, stored } = await setUp();
  const things = Array.from({ length: count }, (_, id) => thing(id));
  await insert(db, things);
  expect(await stored()).toEqual(things);
});

it("can be run again, with other rows", async () => {
  const { insert, db, stored } = await setUp();
  await insert(db, [thing(1), thing(2), thing(3)]);
  // The columns in another order, which is up to the caller.
  await insert(db, [{ size: 9, name: "another name", id: 2 }, thing(4), thing(6)]);
  expect(await stored()).toEqual([
    thing(1),
    { ...thing(2), name: "another name" },
    thing(3),
    thing(4),
    thing(6),
  ]);
});

it("takes part in a transaction", async () => {
  const { insert, db, stored } = await setUp();
  const failing = db.transaction().execute(async (trx) => {
    await insert(trx, [thing(1), thing(2), thing(3)]);
    throw new Error("after the insert");
  });
  await expect(failing).rejects.toThrow("after the insert");
  expect(await stored()).toEqual([]);
});
