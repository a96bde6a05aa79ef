import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AuditSweeper, createAuditRetention } from "../../src/audit/audit-sweeper.ts";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"], now: 1_000 * DAY_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A sweeper, and the deletions it requested. */
function sweeperFor(deleteBefore: (at: number, limit: number) => Promise<boolean>) {
  const logLines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => logLines.push(line) });
  const deletions: number[] = [];
  const sweeper = new AuditSweeper({
    events: {
      deleteBefore(at, limit) {
        deletions.push(at);
        return deleteBefore(at, limit);
      },
    },
    retention: createAuditRetention(400, Date.now),
    log,
  });
  return { sweeper, deletions, logLines };
}

test("deletes in batches until nothing is left, at start and every hour", async () => {
  let batches = 3;
  const { sweeper, deletions } = sweeperFor(async () => --batches > 0);
  sweeper.start();
  await vi.waitFor(() => expect(deletions).toEqual([600 * DAY_MS, 600 * DAY_MS, 600 * DAY_MS]), {
    timeout: 30_000,
  });
  // Not to the millisecond: waiting has advanced the clock, too.
  vi.advanceTimersByTime(HOUR_MS / 2);
  expect(deletions).toHaveLength(3);
  vi.advanceTimersByTime(HOUR_MS);
  expect(deletions).toHaveLength(4);
  expect(deletions[3]).toBeGreaterThan(600 * DAY_MS);
  await sweeper.close();
  vi.advanceTimersByTime(5 * HOUR_MS);
  expect(deletions).toHaveLength(4);
});

test("stops after the current batch when it is closed", async () => {
  const { sweeper, deletions } = sweeperFor(async () => true);
  sweeper.start();
  await vi.waitFor(() => expect(deletions.length).toBeGreaterThan(2), { timeout: 30_000 });
  await sweeper.close();
  const { length } = deletions;
  await new Promise((resolve) => setImmediate(resolve));
  expect(deletions).toHaveLength(length);
});

test("logs a failure, without its message, and tries again an hour later", async () => {
  const { sweeper, deletions, logLines } = sweeperFor(async () => {
    throw new TypeError("quotes people's data");
  });
  sweeper.start();
  await vi.waitFor(() => expect(logLines).toHaveLength(1), { timeout: 30_000 });
  expect(JSON.parse(logLines[0] ?? "")).toMatchObject({
    level: 50,
    msg: "audit sweep",
    fault: { name: "TypeError" },
  });
  expect(logLines[0]).not.toContain("quotes");
  vi.advanceTimersByTime(HOUR_MS);
  expect(deletions).toHaveLength(2);
  await sweeper.close();
});
