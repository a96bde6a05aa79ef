import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { createSealer } from "../../../src/store/encryption/sealing.ts";
import { openStore } from "../../../src/store/store.ts";
import { report } from "../battery/call-list.ts";

it("storing a report doesn't read all calls of the firm", async () => {
  const folder = mkdtempSync(join(tmpdir(), "call-reports-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "router.db");
  const store = await openStore({ kind: "sqlite", path }, createSealer([new Uint8Array(32).fill(1)]));
  await store.firms.admit({ region: "us", accountId: 1, name: "Doe LLP" }, { onlyFirst: false });
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  await store.callReports.store("us-1", [report()]);
  const statements = prepare.mock.calls.map(([statement]) => statement);
  prepare.mockRestore();
  await store.close();

  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  const ofCalls = statements.filter((statement) => /from "calls"/.test(statement));
  expect(ofCalls.length).toBeGreaterThan(0);
  for (const statement of ofCalls) {
    const plan = database.prepare(`explain query plan ${statement}`).all();
    const details = plan.map(({ detail }) => detail);
    expect(details).toContainEqual(expect.stringMatching(/^SEARCH calls USING INDEX calls_of_caller/));
    expect(details).not.toContainEqual(expect.stringMatching(/^SCAN|\(firm_id=\?\)/));
  }
});
