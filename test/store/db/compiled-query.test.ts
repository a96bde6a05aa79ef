import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { compileQuery, type Param } from "../../../src/store/db/compiled-query.ts";
import { openSqlite } from "../../../src/store/db/sqlite/sqlite.ts";

interface Things {
  things: { id: number; name: string; size: number };
}

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "compiled-query-"));
  const db = openSqlite<Things>(join(folder, "things.db"));
  onTestFinished(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
  await db.schema
    .createTable("things")
    .addColumn("id", "integer")
    .addColumn("name", "text")
    .addColumn("size", "integer")
    .execute();
  const things = [1, 2, 3, 4].map((id) => ({ id, name: `thing ${id}`, size: id % 2 }));
  await db.insertInto("things").values(things).execute();
  return { db, things };
}

it("runs with different values each time, beside fixed values", async () => {
  const { db, things } = await setUp();
  const run = compileQuery(db, (param: Param<"size" | "name">) =>
    db
      .selectFrom("things")
      .selectAll()
      .where("id", "<", 100)
      .where("size", "=", param("size"))
      .where("id", ">", 0)
      .where("name", "=", param("name")),
  );
  expect(await run({ size: 1, name: "thing 3" })).toEqual([things[2]]);
  expect(await run({ name: "thing 2", size: 0 })).toEqual([things[1]]);
  expect(await run({ size: 0, name: "thing 3" })).toEqual([]);
  expect(await run({ size: 1, name: "' OR 1=1 --" })).toEqual([]);
});

it("uses a value for every parameter of that name", async () => {
  const { db } = await setUp();
  const run = compileQuery(db, (param: Param<"id">) =>
    db
      .selectFrom("things")
      .select("id")
      .where(({ or, eb }) => or([eb("id", "=", param("id")), eb("size", "=", param("id"))]))
      .orderBy("id"),
  );
  expect(await run({ id: 0 })).toEqual([{ id: 2 }, { id: 4 }]);
  expect(await run({ id: 4 })).toEqual([{ id: 4 }]);
});

it("can run several times at once with different values", async () => {
  const { db, things } = await setUp();
  const run = compileQuery(db, (param: Param<"id">) =>
    db.selectFrom("things").selectAll().where("id", "=", param("id")),
  );
  const answers = await Promise.all(things.map(({ id }) => run({ id })));
  expect(answers).toEqual(things.map((thing) => [thing]));
});
