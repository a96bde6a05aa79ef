import { describe, expect, test } from "vitest";
import { type CompleteCopy, isTemporary, mirrorState } from "../../src/mirror/mirror-state.ts";
import type { FirmMirror, FullSync, Mirror } from "../../src/store/repositories/mirrors.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse("2026-05-31T15:00:00Z");
const WANTED = { formatVersion: "kid 1 US" };

const pass = (more: Partial<FullSync> = {}): FullSync => ({
  kind: "contact",
  after: 0,
  next: null,
  startedAt: NOW,
  contacts: 20_000,
  matters: 20_000,
  read: 0,
  ...more,
});

/** A firm whose copy was complete and up to date a minute ago. */
const firm = (mirror: Partial<Mirror> | null = {}, more: Partial<FirmMirror> = {}): FirmMirror => ({
  firmId: "us-1",
  lookupUserId: 7,
  hasPendingChanges: false,
  mirror: mirror && {
    id: 1,
    firmId: "us-1",
    userId: 7,
    formatVersion: WANTED.formatVersion,
    startedAt: NOW - 3 * HOUR,
    completeAt: NOW - 2 * HOUR,
    fullSync: null,
    fullSyncRequested: false,
    fullSyncedAt: NOW - 2 * HOUR,
    polledAt: NOW - MINUTE,
    changedAt: NOW - HOUR,
    records: { users: 9, contacts: 44, matters: 41 },
    usersRevision: 1,
    webhooksCheckedAt: null,
    webhooksAddress: null,
    webhooksErrorCode: null,
    lastErrorCode: null,
    failures: 0,
    retryAt: 0,
    ...mirror,
  },
  ...more,
});

const stateOf = (each: FirmMirror) => mirrorState(each, WANTED, NOW);
const first = (progress: FullSync | null) =>
  stateOf(firm({ completeAt: null, polledAt: null, fullSync: progress }));

describe("the phase", () => {
  test("where nothing is to be kept, whatever there still is", () => {
    expect(mirrorState(firm(), null, NOW)).toEqual({ phase: "live" });
  });

  test("without anybody connected", () => {
    expect(stateOf(firm({}, { lookupUserId: null }))).toEqual({ phase: "nobody_connected" });
  });

  test.each([
    ["there is no copy", firm(null)],
    ["it was read through somebody else", firm({ userId: 8 })],
    ["it was made with another key", firm({ formatVersion: "other 1 US" })],
  ])("is a first read when %s", (_, each) => {
    const reading = { read: 0, total: null, secondsLeft: null };
    expect(stateOf(each)).toEqual({ phase: "first_read", reading, lastErrorCode: null, retryAt: 0 });
  });

  test("is a first read until everything is there, with the trouble that holds it up", () => {
    const trouble = { lastErrorCode: "clio_rate_limited", retryAt: NOW + 34_000 };
    const state = stateOf(
      firm({ completeAt: null, polledAt: null, fullSync: pass({ read: 4_000 }), ...trouble }),
    );
    expect(state).toEqual({
      phase: "first_read",
      reading: { read: 4_000, total: 40_000, secondsLeft: 360 },
      ...trouble,
    });
  });

  test("is ready with what there is, and until when it would do alone", () => {
    expect(stateOf(firm())).toEqual({
      phase: "ready",
      records: { users: 9, contacts: 44, matters: 41 },
      changedAt: NOW - HOUR,
      checkedAt: NOW - MINUTE,
      answersUntil: NOW - MINUTE + 24 * HOUR,
      reading: null,
      lastErrorCode: null,
      retryAt: 0,
    });
  });

  test.each([
    [10 * MINUTE, "ready"],
    [10 * MINUTE + 1, "behind"],
    [24 * HOUR - 1, "behind"],
    [24 * HOUR, "too_old"],
    [30 * 24 * HOUR, "too_old"],
  ])("%i ms after the last check is %s", (age, phase) => {
    expect(stateOf(firm({ polledAt: NOW - age })).phase).toBe(phase);
  });

  test("shows a further reading under way, or asked for", () => {
    const reading = (mirror: Partial<Mirror>) => (stateOf(firm(mirror)) as CompleteCopy).reading;
    expect(reading({ fullSyncRequested: true })).toEqual({ read: 0, total: null, secondsLeft: null });
    expect(reading({ fullSync: pass({ read: 10_000 }) })).toMatchObject({ read: 10_000, total: 40_000 });
  });
});

describe("the time left", () => {
  const secondsLeft = (progress: Partial<FullSync>) => {
    const state = first(pass(progress));
    return "reading" in state ? state.reading?.secondsLeft : undefined;
  };

  test("is what Clio's limit in peak hours makes of it: 30 pages of 200 a minute", () => {
    expect(secondsLeft({})).toBe(400);
    expect(secondsLeft({ startedAt: NOW - 10 * MINUTE, read: 20_000 })).toBe(200);
    expect(secondsLeft({ contacts: 1, matters: 0 })).toBe(1);
    expect(secondsLeft({ read: 40_000 })).toBe(0);
  });

  test("is less where it was faster so far", () => {
    expect(secondsLeft({ startedAt: NOW - MINUTE, read: 30_000 })).toBe(60);
  });

  test("does not take the first seconds of a minute for the pace: its requests are used up in them", () => {
    expect(secondsLeft({ startedAt: NOW - 5_000, read: 12_000 })).toBe(280);
  });

  test("is not more after a stop, nor with a clock that was put back", () => {
    expect(secondsLeft({ startedAt: NOW - 5 * HOUR, read: 20_000 })).toBe(200);
    expect(secondsLeft({ startedAt: NOW + HOUR, read: 4_000 })).toBe(360);
  });

  test("is not known while Clio has not said how much there is", () => {
    expect(secondsLeft({ contacts: 0, matters: 0, read: 600 })).toBeNull();
    expect(first(null)).toMatchObject({ reading: { read: 0, total: null, secondsLeft: null } });
  });

  test("of more records than Clio said there are, none are left", () => {
    expect(first(pass({ read: 40_123 }))).toMatchObject({
      reading: { read: 40_000, total: 40_000, secondsLeft: 0 },
    });
  });
});

test("a Clio that is away or busy comes back; a permission, an access or a fault of ours does not", () => {
  expect(["clio_error", "clio_timeout", "clio_rate_limited"].filter(isTemporary)).toHaveLength(3);
  expect(["clio_permission", "clio_not_connected", "internal_error"].filter(isTemporary)).toEqual([]);
});
