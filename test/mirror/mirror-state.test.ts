import { describe, expect, test } from "vitest";
import { type CompleteCopy, isTemporary, mirrorState } from "../../src/mirror/mirror-state.ts";
import type { FirmMirror, FullSync, Mirror } from "../../src/store/repositories/mirror.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse("2026-05-31T15:00:00Z");
const REQUIREMENTS = { formatVersion: "kid 1 US" };

const fullSync = (more: Partial<FullSync> = {}): FullSync => ({
  kind: "contact",
  after: 0,
  next: null,
  startedAt: NOW,
  contacts: 20_000,
  matters: 20_000,
  read: 0,
  ...more,
});

/** A firm with a complete copy that was up to date a minute ago. */
const firm = (mirror: Partial<Mirror> | null = {}, more: Partial<FirmMirror> = {}): FirmMirror => ({
  firmId: "us-1",
  lookupUserId: 7,
  hasPendingChanges: false,
  mirror: mirror && {
    id: 1,
    firmId: "us-1",
    userId: 7,
    formatVersion: REQUIREMENTS.formatVersion,
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

const stateOf = (firm: FirmMirror) => mirrorState(firm, REQUIREMENTS, NOW);
const firstRead = (progress: FullSync | null) =>
  stateOf(firm({ completeAt: null, polledAt: null, fullSync: progress }));

describe("the phase", () => {
  test("is live with DIRECTORY=live, even if a copy is left", () => {
    expect(mirrorState(firm(), null, NOW)).toEqual({ phase: "live" });
  });

  test("is nobody_connected without a connected user", () => {
    expect(stateOf(firm({}, { lookupUserId: null }))).toEqual({ phase: "nobody_connected" });
  });

  test.each([
    ["there is no copy", firm(null)],
    ["it was read with another user's access", firm({ userId: 8 })],
    ["it was written with another key", firm({ formatVersion: "other 1 US" })],
  ])("is first_read if %s", (_, firm) => {
    const reading = { read: 0, total: null, secondsLeft: null };
    expect(stateOf(firm)).toEqual({ phase: "first_read", reading, lastErrorCode: null, retryAt: 0 });
  });

  test("is first_read until the copy is complete, with the error that delays it", () => {
    const lastError = { lastErrorCode: "clio_rate_limited", retryAt: NOW + 34_000 };
    const state = stateOf(
      firm({ completeAt: null, polledAt: null, fullSync: fullSync({ read: 4_000 }), ...lastError }),
    );
    expect(state).toEqual({
      phase: "first_read",
      reading: { read: 4_000, total: 40_000, secondsLeft: 360 },
      ...lastError,
    });
  });

  test("is ready, with the number of records and until when it answers without Clio", () => {
    expect(stateOf(firm())).toEqual({
      phase: "ready",
      records: { users: 9, contacts: 44, matters: 41 },
      changedAt: NOW - HOUR,
      checkedAt: NOW - MINUTE,
      fullSyncedAt: NOW - 2 * HOUR,
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

  test("includes a full sync that is running or requested", () => {
    const reading = (mirror: Partial<Mirror>) => (stateOf(firm(mirror)) as CompleteCopy).reading;
    expect(reading({ fullSyncRequested: true })).toEqual({ read: 0, total: null, secondsLeft: null });
    expect(reading({ fullSync: fullSync({ read: 10_000 }) })).toMatchObject({ read: 10_000, total: 40_000 });
  });
});

describe("the time left", () => {
  const secondsLeft = (progress: Partial<FullSync>) => {
    const state = firstRead(fullSync(progress));
    return "reading" in state ? state.reading?.secondsLeft : undefined;
  };

  test("follows from Clio's limit in peak hours: 30 pages of 200 a minute", () => {
    expect(secondsLeft({})).toBe(400);
    expect(secondsLeft({ startedAt: NOW - 10 * MINUTE, read: 20_000 })).toBe(200);
    expect(secondsLeft({ contacts: 1, matters: 0 })).toBe(1);
    expect(secondsLeft({ read: 40_000 })).toBe(0);
  });

  test("is shorter if the sync has been faster so far", () => {
    expect(secondsLeft({ startedAt: NOW - MINUTE, read: 30_000 })).toBe(60);
  });

  test("doesn't extrapolate the first seconds of a minute, which use up its requests", () => {
    expect(secondsLeft({ startedAt: NOW - 5_000, read: 12_000 })).toBe(280);
  });

  test("doesn't grow after an interruption or when the clock is set back", () => {
    expect(secondsLeft({ startedAt: NOW - 5 * HOUR, read: 20_000 })).toBe(200);
    expect(secondsLeft({ startedAt: NOW + HOUR, read: 4_000 })).toBe(360);
  });

  test("is unknown until Clio gives a total", () => {
    expect(secondsLeft({ contacts: 0, matters: 0, read: 600 })).toBeNull();
    expect(firstRead(null)).toMatchObject({ reading: { read: 0, total: null, secondsLeft: null } });
  });

  test("is zero once more records are read than Clio announced", () => {
    expect(firstRead(fullSync({ read: 40_123 }))).toMatchObject({
      reading: { read: 40_000, total: 40_000, secondsLeft: 0 },
    });
  });
});

test("only an unreachable or busy Clio is a temporary error", () => {
  expect(["clio_error", "clio_timeout", "clio_rate_limited"].filter(isTemporary)).toHaveLength(3);
  expect(["clio_permission", "clio_not_connected", "internal_error"].filter(isTemporary)).toEqual([]);
});
