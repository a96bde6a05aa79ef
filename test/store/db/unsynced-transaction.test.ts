import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "../../../src/store/db/migrate.ts";
import { MIGRATIONS } from "../../../src/store/db/migrations/index.ts";
import type { Schema } from "../../../src/store/db/schema.ts";
import { openSqlite } from "../../../src/store/db/sqlite/sqlite.ts";
import { unsyncedTransaction } from "../../../src/store/db/sqlite/unsynced-transaction.ts";

/** The levels of `PRAGMA synchronous`. */
const NORMAL = 1;
const FULL = 2;

async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), "unsynced-transaction-"));
  const db = openSqlite<Schema>(join(folder, "router.db"));
  onTestFinished(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
  await migrate(db, MIGRATIONS);
  return db;
}

async function synchronous(db: Kysely<Schema>): Promise<number | undefined> {
  const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
  return rows[0]?.synchronous;
}

it("doesn't wait for the disk, but every other transaction does", async () => {
  const db = await setUp();
  const levels = await Promise.all([
    unsyncedTransaction(db, synchronous),
    db.transaction().execute(synchronous),
    unsyncedTransaction(db, synchronous),
    synchronous(db),
  ]);
  expect(levels).toEqual([NORMAL, FULL, NORMAL, FULL]);
  expect(await synchronous(db)).toBe(FULL);
});

it("is all or nothing, and leaves no other transaction without the disk when it fails", async () => {
  const db = await setUp();
  const failing = unsyncedTransaction(db, async (trx) => {
    await trx.insertInto("used_states").values({ id: "1", expires_at: 0 }).execute();
    throw new Error("after the first half");
  });
  await expect(failing).rejects.toThrow("after the first half");
  expect(await synchronous(db)).toBe(FULL);
  await unsyncedTransaction(db, async (trx) => {
    await trx.insertInto("used_states").values({ id: "2", expires_at: 0 }).execute();
  });
  expect(await db.selectFrom("used_states").select("id").execute()).toEqual([{ id: "2" }]);
});
