import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { WalSync } from "../../../src/store/db/sqlite/wal-sync.ts";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { createCallKeys } from "../../../src/store/repositories/call-keys.ts";
import { createCallReports } from "../../../src/store/repositories/call-reports.ts";
import { createFirmKeys } from "../../../src/store/repositories/firm-keys.ts";
import { createFirms } from "../../../src/store/repositories/firms.ts";
import { RecentKeys } from "../../../src/store/repositories/recent-keys.ts";
import { openDatabase } from "../../../src/store/store.ts";
import { report } from "../battery/call-list.ts";

/** A disk that finishes when the test says so. */
function slowDisk() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const syncFile = vi.fn(() => {
    const sync = Promise.withResolvers<void>();
    syncs.push(sync);
    return sync.promise;
  });
  const started = (count: number) =>
    vi.waitFor(() => expect(syncFile).toHaveBeenCalledTimes(count), { timeout: 30_000 });
  return { syncs, syncFile, started };
}

async function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), "wal-sync-"));
  const path = join(folder, "router.db");
  const db = await openDatabase({ kind: "sqlite", path });
  onTestFinished(async () => {
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
  return { path, db };
}

it("syncs the WAL of the database", async () => {
  const { path } = await openFolder();
  await expect(new WalSync(path).wait()).resolves.toBeUndefined();
  await expect(new WalSync(`${path}-missing`).wait()).rejects.toThrow("ENOENT");
});

it("lets those who come during a sync share the next, because the running one may have missed them", async () => {
  const { syncs, syncFile, started } = slowDisk();
  const walSync = new WalSync("router.db", syncFile);
  const done: string[] = [];
  const wait = (name: string) => walSync.wait().then(() => done.push(name));
  const first = wait("first");
  await started(1);
  const others = [wait("second"), wait("third")];
  syncs[0]?.resolve();
  await first;
  await started(2);
  expect(done).toEqual(["first"]);
  syncs[1]?.resolve();
  await Promise.all(others);
  expect(done).toEqual(["first", "second", "third"]);
  expect(syncFile.mock.calls).toEqual([["router.db-wal"], ["router.db-wal"]]);
});

it("fails for those who waited, and tries again for those who come later", async () => {
  const { syncs, syncFile, started } = slowDisk();
  const walSync = new WalSync("router.db", syncFile);
  const first = walSync.wait();
  await started(1);
  const second = walSync.wait();
  syncs[0]?.reject(new Error("EIO"));
  await expect(first).rejects.toThrow("EIO");
  await started(2);
  syncs[1]?.resolve();
  await expect(second).resolves.toBeUndefined();
});

it("a report, and its repetition, is acknowledged once its commit is on the disk", async () => {
  const { db } = await openFolder();
  const sealer = createSealer([new Uint8Array(32).fill(1)]);
  await createFirms(db, new RecentKeys(), Date.now).admit(
    { region: "us", accountId: 1, name: "Doe LLP" },
    { onlyFirst: false },
  );
  const { syncs, syncFile, started } = slowDisk();
  const reports = createCallReports(
    db,
    createCallKeys(db, sealer, Date.now),
    createFirmKeys(db, sealer),
    () => new WalSync("router.db", syncFile).wait(),
    Date.now,
  );
  const once = report({ identity: "id 1" });
  const acknowledged: boolean[] = [];
  const store = async () => {
    const [stored] = await reports.store("us-1", [once]);
    acknowledged.push(stored?.isDuplicate ?? false);
  };
  const first = store();
  await started(1);
  expect(await db.selectFrom("calls").select("log_state").execute()).toEqual([{ log_state: "waiting" }]);
  const second = store();
  await started(2);
  expect(acknowledged).toEqual([]);
  for (const sync of syncs) sync.resolve();
  await Promise.all([first, second]);
  expect(acknowledged).toEqual([false, true]);
});
