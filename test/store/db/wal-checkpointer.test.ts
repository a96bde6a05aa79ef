import { statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import { expect, it, onTestFinished, vi } from "vitest";
import { openSqlite } from "../../../src/store/db/sqlite/sqlite.ts";
import { WalCheckpointer } from "../../../src/store/db/sqlite/wal-checkpointer.ts";
import { ManagedProcess } from "../../../testkit/managed-process.ts";
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
  await vi.waitFor(() => expect(statSync(path).size).toBeGreaterThan(8 * MEGABYTE), 30_000);
  // Once the checkpoint has ended, the WAL is used from its beginning again, and grows no longer.
  const walSize = () => statSync(`${path}-wal`).size;
  await vi.waitFor(async () => {
    const before = walSize();
    await sql`insert into texts values ('one page')`.execute(db);
    expect(walSize()).toBe(before);
  }, 30_000);

  await checkpointer.close();
  await db.destroy();
  expect(lines).toEqual([]);
});

/** A tool that watches Node processes, for example. */
const LARGE_MODULE = "--import=data:text/javascript,globalThis.kept=Array.from({length:4e6},(_,i)=>i/2)";

it.each<{ where: string; args: string[]; env: Record<string, string> }>([
  { where: "on the command line", args: [LARGE_MODULE], env: {} },
  { where: "in NODE_OPTIONS", args: [], env: { NODE_OPTIONS: LARGE_MODULE } },
])("does so if the process loads a large module at its start, $where", async ({ args, env }) => {
  using folder = temporaryFolder();
  const script = join(import.meta.dirname, "write-and-checkpoint.ts");
  await using child = new ManagedProcess(process.execPath, {
    args: [...args, script, join(folder.path, "router.db")],
    cwd: folder.path,
    env,
  });
  await child.waitForClose();
  expect(child.output).toEqual({ out: "", err: "" });
});

it("logs that a checkpoint failed, tries again after a minute, and stops all the same", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  using folder = temporaryFolder();
  const path = join(folder.path, "router.db");
  const write = () => {
    for (const file of [path, `${path}-wal`]) writeFileSync(file, "no database ".repeat(MEGABYTE));
  };
  const lines: string[] = [];
  const checkpointer = new WalCheckpointer({ path, log: pino({}, { write: (line) => lines.push(line) }) });
  checkpointer.start();
  for (const failures of [1, 2]) {
    write();
    vi.advanceTimersByTime(12_000);
    await vi.waitFor(() => expect(lines).toHaveLength(failures), 30_000);
    write();
    vi.advanceTimersByTime(50_000);
    // A check that has begun reads the WAL's size before this ends.
    await readFile(path);
  }
  await checkpointer.close();
  expect(lines).toEqual(Array(2).fill(expect.stringContaining('"msg":"no checkpoint"')));
});
