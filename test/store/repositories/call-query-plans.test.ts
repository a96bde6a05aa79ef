import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, vi } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { temporaryFolder } from "../../../testkit/temporary-folder.ts";
import { report } from "../battery/call-list.ts";

/** How SQLite finds the calls in each statement of some work for a firm: the lines of its query plans. */
async function plansOf(work: (store: Store, firmId: string) => Promise<unknown>): Promise<string[]> {
  using folder = temporaryFolder();
  const path = join(folder.path, "router.db");
  const store = await openStore({ kind: "sqlite", path }, createSealer([new Uint8Array(32).fill(1)]));
  await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  await work(store, "us-1");
  const statements = prepare.mock.calls.map(([statement]) => statement);
  prepare.mockRestore();
  await store.close();

  using database = new DatabaseSync(path);
  return statements
    .filter((statement) => /(from|update) "calls"/.test(statement))
    .flatMap((statement) => database.prepare(`explain query plan ${statement}`).all())
    .map(({ detail }) => String(detail))
    .filter((detail) => /^(SCAN|SEARCH) calls/.test(detail));
}

it("storing a report doesn't read all calls of the firm", async () => {
  const plans = await plansOf((store, firmId) => store.callReports.store(firmId, [report()]));
  expect(plans).not.toEqual([]);
  for (const plan of plans) expect(plan).toMatch(/^SEARCH calls USING INDEX calls_of_caller/);
});

it.each<[string, (store: Store, firmId: string) => Promise<unknown>]>([
  ["which firms have something due", ({ callOutbox }) => callOutbox.firmsDue()],
  ["a firm's next call", ({ callOutbox }, firmId) => callOutbox.nextDue(firmId)],
  [
    "calls that waited for too long",
    ({ callOutbox }, firmId) => callOutbox.failOverdue(firmId, 0, "clio_error"),
  ],
  ["a missing permission", ({ callOutbox }, firmId) => callOutbox.refusedStep(firmId)],
  ["the metrics", ({ callOutbox }) => callOutbox.totals()],
  ["a firm's backlog", ({ callReports }, firmId) => callReports.backlog(firmId)],
  ["calls that wait for a decision", ({ callList }, firmId) => callList.undecided(firmId, 50)],
])("looking for %s reads only calls that aren't logged yet", async (_, work) => {
  const plans = await plansOf(work);
  for (const plan of plans)
    expect(plan).toMatch(/^(SCAN|SEARCH) calls USING (COVERING )?INDEX calls_unlogged/);
});
