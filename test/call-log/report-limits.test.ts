import { expect, test } from "vitest";
import { CallReporter } from "../../src/call-log/call-reporter.ts";
import type { ReportToStore } from "../../src/store/repositories/call-reports.ts";
import { report } from "../store/battery/call-list.ts";
import { NOON } from "../store/fixtures.ts";

const DAY = 24 * 60 * 60_000;

/** A reporter whose reports are written into Clio at once, or never. */
function setUp() {
  const clock = { now: NOON };
  const state = { isDuplicate: false };
  const reporter = new CallReporter({
    reports: {
      store: async (_, reports) => reports.map(({ identity: id }) => ({ id, ...state })),
      backlog: async () => ({ calls: 0, bytes: 0 }),
    },
    callRecorder: { flushCaller: async () => {}, forgetCaller: () => {} },
    onReported: () => {},
    isShared: false,
    now: () => clock.now,
  });
  const send = (firmId: string, count: number, change: Partial<ReportToStore> = {}) =>
    Promise.all(
      Array.from({ length: count }, () => reporter.report(firmId, report({ isLogged: false, ...change }))),
    );
  return { clock, state, send };
}

const tooMany = expect.objectContaining({
  code: "too_many_requests",
  options: expect.objectContaining({ retryAfter: 86_400 }),
});

test("a firm can report 100,000 calls a day, and repeat them", async () => {
  const { clock, state, send } = setUp();
  for (let sent = 0; sent < 100_000; sent += 10_000) {
    await send("us-1", 10_000);
    clock.now += 10_001;
  }
  clock.now = NOON;
  await expect(send("us-1", 1)).rejects.toEqual(tooMany);
  await send("us-2", 1);
  clock.now += DAY;
  state.isDuplicate = true;
  await send("us-1", 10_000);
});

test("a firm can report 256 MB of long texts a day", async () => {
  const { clock, send } = setUp();
  const texts = { summary: "x".repeat(2 * 1024 * 1024), message: null, transcript: null };
  await send("us-1", 127, { texts });
  await send("us-1", 1, { texts });
  await expect(send("us-1", 1)).rejects.toEqual(tooMany);
  clock.now += DAY;
  await send("us-1", 1, { texts });
});
