import { StatementSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { temporaryFolder } from "../../testkit/temporary-folder.ts";
import { contact, withMirror } from "./battery/records.ts";
import { engineUnderTest } from "./battery/setup.ts";

/** While SQLite waits for the disk, no call is answered, so background work that can be repeated doesn't wait for it. */

const engine = engineUnderTest("SQLite", async () => {
  const folder = temporaryFolder();
  const location = { kind: "sqlite", path: `${folder.path}/router.db` } as const;
  return {
    location,
    open: (sealer, now) => openStore(location, sealer, now),
    destroy: async () => folder[Symbol.dispose](),
  };
});

/** Returns a function that counts the commits that have waited for the disk since it was last called. */
function watchCommits(): () => number {
  let waits = 0;
  let isSynced = true;
  let isInTransaction = false;
  let hasWritten = false;
  function note(statement: string): void {
    const [word = ""] = statement.split(" ");
    if (statement.startsWith("pragma synchronous =")) isSynced = statement.endsWith("full");
    if (["insert", "update", "delete"].includes(word)) hasWritten = true;
    if (word === "begin") isInTransaction = true;
    if (["commit", "rollback"].includes(word)) isInTransaction = false;
    if (isInTransaction) return;
    if (hasWritten && isSynced) waits += 1;
    hasWritten = false;
  }
  for (const method of ["all", "run"] as const) {
    const original = StatementSync.prototype[method] as (...parameters: unknown[]) => unknown;
    const patch = (value: unknown) => Object.assign(StatementSync.prototype, { [method]: value });
    patch(function (this: StatementSync, ...parameters: unknown[]) {
      note(this.sourceSQL);
      return original.apply(this, parameters);
    });
    onTestFinished(() => void patch(original));
  }
  return () => {
    const counted = waits;
    waits = 0;
    return counted;
  };
}

it("reading a mirror waits for the disk when it is complete, and not at each step", async () => {
  const { store, mirrorId } = await withMirror(engine);
  const lease = { name: "mirror us-1", holder: "this process", durationMs: 1_000 };
  const commits = watchCommits();

  await store.leases.acquire(lease.name, lease.holder, lease.durationMs);
  await store.leases.renew(lease);
  await store.mirrors.startFullSync(mirrorId, { contacts: 1, matters: 0 }, lease);
  await store.mirrorRecords.put(mirrorId, "contact", [contact(1, ["term"])], { after: 0, upTo: null }, lease);
  await store.mirrors.advanceFullSync(mirrorId, { kind: "matter", after: 0, next: null, read: 1 }, lease);
  expect(commits()).toBe(0);
  await store.mirrors.completeFullSync(mirrorId, lease);
  expect(commits()).toBe(1);

  await store.mirrors.recordPoll(mirrorId, 1, lease);
  await store.leases.release(lease.name, lease.holder);
  expect(commits()).toBe(0);
});

it("what can't be repeated waits for the disk", async () => {
  const { store, mirrorId } = await withMirror(engine);
  const commits = watchCommits();
  await store.pendingChanges.add(mirrorId, "contact", [1]);
  await store.mirrors.recordWebhookCheck(mirrorId, "https://router.example", null);
  await store.mirrors.requestFullSync("us-1");
  expect(commits()).toBe(3);
});
