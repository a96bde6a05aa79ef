import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import { expect, it, vi } from "vitest";
import { openSqlite } from "../../../src/store/db/sqlite/sqlite.ts";
import { WalCheckpointer } from "../../../src/store/db/sqlite/wal-checkpointer.ts";
import { temporaryFolder } from "../../../testkit/temporary-folder.ts";

const MEGABYTE = 2 ** 20;

/** Every page in a commit of its own, so that SQLite could make a checkpoint at each. */
async function writeMegabytes(db: Kysely<unknown>, megabytes: number): Promise<void> {
  await sql`create table if not exists texts (text blob)`.execute(db);
  for (let written = 0; written < megabytes; written += 1)
    await sql`insert into texts values (randomblob(${MEGABYTE}))`.execute(db);
}

it("copies the WAL into the file while the database is open and in use", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "router.db");
  const db = openSqlite(path);
  const lines: string[] = [];
  const checkpointer = new WalCheckpointer({ path, log: pino({}, { write: (line) => lines.push(line) }) });
  await writeMegabytes(db, 8);
  expect(statSync(path).size).toBeLessThan(MEGABYTE);

  checkpointer.start();
  await vi.waitFor(() => expect(statSync(path).size).toBeGreaterThan(8 * MEGABYTE), 10_000);
  // Once the checkpoint has ended, the WAL is used from its beginning again, and grows no longer.
  const walSize = () => statSync(`${path}-wal`).size;
  await vi.waitFor(async () => {
    const before = walSize();
    await sql`insert into texts values ('one page')`.execute(db);
    expect(walSize()).toBe(before);
  }, 10_000);

  await checkpointer.close();
  await db.destroy();
  expect(lines).toEqual([]);
});

it("logs that a checkpoint failed, and stops all the same", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "router.db");
  for (const file of [path, `${path}-wal`]) writeFileSync(file, "no database ".repeat(MEGABYTE));
  const lines: string[] = [];
  const checkpointer = new WalCheckpointer({ path, log: pino({}, { write: (line) => lines.push(line) }) });
  checkpointer.start();
  await vi.waitFor(() => expect(lines).toEqual([expect.stringContaining('"msg":"no checkpoint"')]), 10_000);
  await checkpointer.close();
});
