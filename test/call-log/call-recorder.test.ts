import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CallRecorder } from "../../src/call-log/call-recorder.ts";
import { NOTHING_FOUND } from "../../src/calls/call-record.ts";
import type { LookupToRecord } from "../../src/store/repositories/calls.ts";

const FIRM = "us-1";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function recorder() {
  const written: LookupToRecord[][] = [];
  const callRecorder = new CallRecorder({
    calls: {
      async recordAll(byFirm) {
        written.push([...(byFirm.get(FIRM) ?? [])]);
        return { firmIds: new Set([FIRM]), failed: new Map() };
      },
    },
    onAnswer() {},
    onDropped() {},
    log: pino({ enabled: false }),
  });
  return { callRecorder, written };
}

function answer(caller: number, at: number): LookupToRecord {
  const findings = { ...NOTHING_FOUND, outcome: "nobody" as const };
  const lookup = {
    action: "route_call" as const,
    at,
    name: null,
    matter: null,
    outcome: findings.outcome,
    decision: null,
    errorCode: null,
    milliseconds: 1,
    clioRequests: 0,
    source: "mirror",
  };
  const e164 = `+1415555${String(caller).padStart(4, "0")}`;
  return { caller: { caller: e164, callerEnding: null }, contactId: null, findings, lookup };
}

test("a few answers are written after half a second", async () => {
  const { callRecorder, written } = recorder();
  for (let caller = 0; caller < 49; caller += 1) callRecorder.record(FIRM, answer(caller, 0));
  await vi.advanceTimersByTimeAsync(499);
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await callRecorder.flush();
  expect(written.flat()).toHaveLength(49);
});

test("many answers are written at once, and together when they come fast", async () => {
  const { callRecorder, written } = recorder();
  for (let caller = 0; caller < 50; caller += 1) callRecorder.record(FIRM, answer(caller, 0));
  await vi.advanceTimersByTimeAsync(1);
  await callRecorder.flush();
  expect(written.map((batch) => batch.length)).toEqual([50]);
});

test("calls are answered between the batches when answers don't come that fast", async () => {
  const { callRecorder, written } = recorder();
  for (let caller = 0; caller < 50; caller += 1) {
    callRecorder.record(FIRM, answer(caller, 2 * caller));
    await vi.advanceTimersByTimeAsync(2);
  }
  await callRecorder.flush();
  expect(written.map((batch) => batch.length)).toEqual([16, 16, 16, 2]);
});

test("an answer that is repeated within half a second is recorded once, even if it is written by then", async () => {
  const { callRecorder, written } = recorder();
  callRecorder.record(FIRM, answer(171, 1_000));
  await callRecorder.flush();
  callRecorder.record(FIRM, answer(171, 1_499));
  await callRecorder.flush();
  expect(written.flat()).toHaveLength(1);
  callRecorder.record(FIRM, answer(172, 1_499));
  callRecorder.record(FIRM, answer(171, 1_500));
  await callRecorder.flush();
  expect(written.flat().map(({ lookup }) => lookup.at)).toEqual([1_000, 1_499, 1_500]);
});

test("an answer is forgotten half a second after it was written, whatever the clock says", async () => {
  const { callRecorder, written } = recorder();
  callRecorder.record(FIRM, answer(171, 1_000));
  await callRecorder.flush();
  await vi.advanceTimersByTimeAsync(500);
  callRecorder.record(FIRM, answer(171, 1_000));
  await callRecorder.flush();
  expect(written.flat()).toHaveLength(2);
});
