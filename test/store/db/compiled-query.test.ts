import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { compileQuery, type Place } from "../../../src/store/db/compiled-query.ts";
import { openSqlite } from "../../../src/store/db/sqlite.ts";

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

it("asks with other values each time, wherever they stand among values of its own", async () => {
  const { db, things } = await setUp();
  const ask = compileQuery(db, (place: Place<"size" | "name">) =>
    db
      .selectFrom("things")
      .selectAll()
      .where("id", "<", 100)
      .where("size", "=", place("size"))
      .where("id", ">", 0)
      .where("name", "=", place("name")),
  );
  expect(await ask({ size: 1, name: "thing 3" })).toEqual([things[2]]);
  expect(await ask({ name: "thing 2", size: 0 })).toEqual([things[1]]);
  expect(await ask({ size: 0, name: "thing 3" })).toEqual([]);
  expect(await ask({ size: 1, name: "' OR 1=1 --" })).toEqual([]);
});

it("puts one value in every place of its name", async () => {
  const { db } = await setUp();
  const ask = compileQuery(db, (place: Place<"id">) =>
    db
      .selectFrom("things")
      .select("id")
      .where(({ or, eb }) => or([eb("id", "=", place("id")), eb("size", "=", place("id"))]))
      .orderBy("id"),
  );
  expect(await ask({ id: 0 })).toEqual([{ id: 2 }, { id: 4 }]);
  expect(await ask({ id: 4 })).toEqual([{ id: 4 }]);
});

it("keeps what is asked at once apart", async () => {
  const { db, things } = await setUp();
  const ask = compileQuery(db, (place: Place<"id">) =>
    db.selectFrom("things").selectAll().where("id", "=", place("id")),
  );
  const answers = await Promise.all(things.map(({ id }) => ask({ id })));
  expect(answers).toEqual(things.map((thing) => [thing]));
});
