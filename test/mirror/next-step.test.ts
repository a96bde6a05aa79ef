import { describe, expect, test } from "vitest";
import {
  currentMirror,
  isStale,
  MAX_STALENESS_MS,
  POLL_INTERVAL_MS,
  usableMirror,
} from "../../src/mirror/freshness.ts";
import { hourIn, type MirrorRequirements, nextSyncStep, type SyncStep } from "../../src/mirror/next-step.ts";
import type { FirmMirror, Mirror } from "../../src/store/repositories/mirror.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const CHICAGO = "America/Chicago";
/** 14:00 in Chicago, when no firm has its nightly full sync. */
const NOW = Date.UTC(2026, 4, 31, 19);

const ADDRESS = "https://router.example.com";

const REQUIREMENTS: MirrorRequirements = {
  formatVersion: "format",
  hourAt: hourIn(CHICAGO),
  webhookBaseUrl: ADDRESS,
};

/** A mirror for which nothing is due. */
function mirror(changes: Partial<Mirror> = {}): Mirror {
  return {
    id: 1_800_000,
    firmId: "us-1",
    userId: 350,
    formatVersion: "format",
    startedAt: NOW - 30 * DAY,
    completeAt: NOW - 30 * DAY,
    fullSync: null,
    fullSyncRequested: false,
    fullSyncedAt: NOW - 13 * HOUR,
    polledAt: NOW,
    changedAt: null,
    records: { users: 1, contacts: 1, matters: 1 },
    usersRevision: 1,
    webhooksCheckedAt: NOW,
    webhooksAddress: ADDRESS,
    webhooksErrorCode: null,
    lastErrorCode: null,
    failures: 0,
    retryAt: 0,
    ...changes,
  };
}

function firmWith(changes: Partial<Mirror> = {}, more: Partial<FirmMirror> = {}): FirmMirror {
  return {
    firmId: "us-1",
    lookupUserId: 350,
    mirror: mirror(changes),
    hasPendingChanges: false,
    ...more,
  };
}

const FULL_SYNC = {
  kind: "contact",
  after: 5,
  next: null,
  startedAt: NOW - MINUTE,
  contacts: 9,
  matters: 9,
  read: 1,
} as const;

describe("the next step of a firm", () => {
  test.each<[what: string, firm: FirmMirror, step: SyncStep | null]>([
    ["nothing while everything is up to date", firmWith(), null],

    // The lookup account
    ["create for a firm without a mirror", firmWith({}, { mirror: null }), "create"],
    ["nothing while no user is connected", firmWith({}, { mirror: null, lookupUserId: null }), null],
    ["discard when no user is connected any more", firmWith({}, { lookupUserId: null }), "discard"],
    ["create when the lookup account changes", firmWith({}, { lookupUserId: 351 }), "create"],
    ["create when the format changes", firmWith({ formatVersion: "format 0" }), "create"],

    // Failures
    [
      "nothing before the retry is due",
      firmWith({ retryAt: NOW + 1, polledAt: null, fullSync: FULL_SYNC }),
      null,
    ],
    ["the failed step once the retry is due", firmWith({ retryAt: NOW, fullSync: FULL_SYNC }), "sync_page"],
    ["create at once, even before the retry is due", firmWith({ retryAt: NOW + 1, userId: 351 }), "create"],
    [
      "discard at once, even before the retry is due",
      firmWith({ retryAt: NOW + 1 }, { lookupUserId: null }),
      "discard",
    ],

    // Webhooks
    ["webhooks if they were never checked", firmWith({ webhooksCheckedAt: null }), "webhooks"],
    ["webhooks when PUBLIC_URL changes", firmWith({ webhooksAddress: "https://old.example" }), "webhooks"],
    ["webhooks if their address is unknown", firmWith({ webhooksAddress: null }), "webhooks"],
    ["webhooks once a day", firmWith({ webhooksCheckedAt: NOW - DAY }), "webhooks"],
    ["nothing less than a day after a check", firmWith({ webhooksCheckedAt: NOW - DAY + 1 }), null],
    [
      "webhooks every five minutes after an error",
      firmWith({ webhooksCheckedAt: NOW - 5 * MINUTE, webhooksErrorCode: "clio_permission" }),
      "webhooks",
    ],
    [
      "nothing less than five minutes after an error",
      firmWith({ webhooksCheckedAt: NOW - 5 * MINUTE + 1, webhooksErrorCode: "clio_permission" }),
      null,
    ],

    // Changes
    ["pending_changes if there are any", firmWith({}, { hasPendingChanges: true }), "pending_changes"],
    [
      "pending_changes before the first full sync, too",
      firmWith({ completeAt: null, polledAt: null, fullSyncedAt: null }, { hasPendingChanges: true }),
      "pending_changes",
    ],

    // Polls
    ["poll every five minutes", firmWith({ polledAt: NOW - 5 * MINUTE }), "poll"],
    ["nothing less than five minutes after a poll", firmWith({ polledAt: NOW - 5 * MINUTE + 1 }), null],
    [
      "sync_page until the first full sync is complete",
      firmWith({ completeAt: null, polledAt: null, fullSync: FULL_SYNC }),
      "sync_page",
    ],
    [
      "sync_page until the first full sync is complete, however long that takes",
      firmWith({ completeAt: null, polledAt: NOW - DAY, fullSync: FULL_SYNC }),
      "sync_page",
    ],
    ["poll if the mirror was never polled", firmWith({ polledAt: null }), "poll"],

    // Full syncs
    [
      "start_full_sync for a new mirror",
      firmWith({ completeAt: null, polledAt: null, fullSyncedAt: null }),
      "start_full_sync",
    ],
    ["sync_page while a full sync is running", firmWith({ fullSync: FULL_SYNC }), "sync_page"],
    [
      "sync_page even if another full sync is requested",
      firmWith({ fullSync: FULL_SYNC, fullSyncRequested: true }),
      "sync_page",
    ],
    ["start_full_sync if one is requested", firmWith({ fullSyncRequested: true }), "start_full_sync"],
  ])("is %s", (_, firm, step) => {
    expect(nextSyncStep(firm, REQUIREMENTS, NOW)).toBe(step);
  });

  test("is never webhooks in a process that can't answer Clio's handshake", () => {
    const withoutWebhooks = { ...REQUIREMENTS, webhookBaseUrl: null };
    const webhookStates = [
      { webhooksCheckedAt: null, webhooksAddress: null },
      { webhooksCheckedAt: NOW - 9 * DAY },
      { webhooksCheckedAt: NOW - DAY, webhooksErrorCode: "clio_permission" },
    ];
    for (const state of webhookStates) {
      expect(nextSyncStep(firmWith(state), withoutWebhooks, NOW)).toBeNull();
      expect(nextSyncStep(firmWith(state, { hasPendingChanges: true }), withoutWebhooks, NOW)).toBe(
        "pending_changes",
      );
    }
  });

  test("is the most urgent of those that are due", () => {
    const everything: Partial<Mirror> = {
      webhooksCheckedAt: null,
      polledAt: NOW - DAY,
      fullSync: FULL_SYNC,
      fullSyncRequested: true,
    };
    const steps = [
      nextSyncStep(
        firmWith(
          { ...everything, formatVersion: "format 0" },
          { hasPendingChanges: true, lookupUserId: null },
        ),
        REQUIREMENTS,
        NOW,
      ),
      nextSyncStep(
        firmWith({ ...everything, formatVersion: "format 0" }, { hasPendingChanges: true }),
        REQUIREMENTS,
        NOW,
      ),
      nextSyncStep(firmWith(everything, { hasPendingChanges: true }), REQUIREMENTS, NOW),
      nextSyncStep(
        firmWith({ ...everything, webhooksCheckedAt: NOW }, { hasPendingChanges: true }),
        REQUIREMENTS,
        NOW,
      ),
      nextSyncStep(firmWith({ ...everything, webhooksCheckedAt: NOW }), REQUIREMENTS, NOW),
      nextSyncStep(firmWith({ ...everything, webhooksCheckedAt: NOW, polledAt: NOW }), REQUIREMENTS, NOW),
      nextSyncStep(
        firmWith({ ...everything, webhooksCheckedAt: NOW, polledAt: NOW, fullSync: null }),
        REQUIREMENTS,
        NOW,
      ),
      nextSyncStep(firmWith(), REQUIREMENTS, NOW),
    ];
    expect(steps).toEqual([
      "discard",
      "create",
      "webhooks",
      "pending_changes",
      "poll",
      "sync_page",
      "start_full_sync",
      null,
    ]);
  });

  test.each<[string, FirmMirror, SyncStep | null]>([
    ["discard if there is a mirror", firmWith({}, { hasPendingChanges: true }), "discard"],
    ["discard even before the retry is due", firmWith({ retryAt: NOW + HOUR }), "discard"],
    ["discard whether or not a user is connected", firmWith({}, { lookupUserId: null }), "discard"],
    ["nothing if there is no mirror", firmWith({}, { mirror: null }), null],
  ])("with DIRECTORY=live is %s", (_, firm, step) => {
    expect(nextSyncStep(firm, null, NOW)).toBe(step);
  });
});

describe("the nightly full sync", () => {
  /** The local time of a moment, in minutes since midnight. */
  function minuteOfDay(at: number, timeZone: string): number {
    const parts = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZone,
    });
    const [hours, minutes] = parts.format(at).split(":");
    return Number(hours) * 60 + Number(minutes);
  }

  /** When full syncs start within some days, if a service that never stops checks every five minutes. */
  function startsWithin(
    days: number,
    { id, from, timeZone = CHICAGO, durationMs = 20 * MINUTE, lastSyncAt = from }: StartsWithin,
  ): number[] {
    const requirements = { formatVersion: "format", hourAt: hourIn(timeZone), webhookBaseUrl: ADDRESS };
    const starts: number[] = [];
    let last = lastSyncAt;
    for (let now = from; now < from + days * DAY; now += 5 * MINUTE) {
      const firm = firmWith({ id, fullSyncedAt: last, polledAt: now, webhooksCheckedAt: now });
      const step = nextSyncStep(firm, requirements, now);
      if (step === null) continue;
      expect(step).toBe("start_full_sync");
      starts.push(now);
      last = now + durationMs;
      now = last;
    }
    return starts;
  }
  interface StartsWithin {
    id: number;
    from: number;
    timeZone?: string;
    durationMs?: number;
    lastSyncAt?: number;
  }

  test.each<[timeZone: string, from: number]>([
    [CHICAGO, Date.UTC(2026, 4, 20, 19)],
    ["Europe/London", Date.UTC(2026, 5, 10, 12)],
    ["America/Toronto", Date.UTC(2026, 0, 5, 17)],
    ["Australia/Sydney", Date.UTC(2026, 7, 3, 2)],
    // Across the nights when daylight saving time starts and ends.
    [CHICAGO, Date.UTC(2026, 2, 3, 19)],
    [CHICAGO, Date.UTC(2026, 9, 28, 19)],
    ["Europe/London", Date.UTC(2026, 2, 24, 12)],
    ["Australia/Sydney", Date.UTC(2026, 3, 1, 2)],
  ])("runs once a night in %s, between one and five", (timeZone, from) => {
    for (const id of [0, 1, 59, 60, 90, 120, 179, 180 * 1_000_000_007 + 30]) {
      const starts = startsWithin(8, { id, from, timeZone });
      expect(starts).toHaveLength(8);
      for (const at of starts) {
        expect(minuteOfDay(at, timeZone)).toBeGreaterThanOrEqual(60);
        // Five itself in the night that is an hour shorter.
        expect(minuteOfDay(at, timeZone)).toBeLessThanOrEqual(5 * 60);
      }
    }
  });

  test("starts at a different time for each firm, the same every night", () => {
    const from = Date.UTC(2026, 5, 10, 19);
    const times = Array.from({ length: 36 }, (_, at) => {
      const starts = startsWithin(4, { id: 180_000_000 + 5 * at, from, lastSyncAt: from - DAY / 4 });
      const minutes = new Set(starts.map((start) => minuteOfDay(start, CHICAGO)));
      expect(minutes.size).toBe(1);
      return [...minutes][0] ?? 0;
    });
    expect(new Set(times).size).toBe(36);
    expect(Math.min(...times)).toBe(60);
    expect(Math.max(...times)).toBe(60 + 175);
  });

  test("runs only once a night, however long it takes", () => {
    const from = Date.UTC(2026, 5, 10, 19);
    for (const durationMs of [MINUTE, 3 * HOUR, 5 * HOUR])
      expect(startsWithin(10, { id: 90, from, durationMs })).toHaveLength(10);
  });

  test("is skipped within twelve hours of another full sync", () => {
    /** Three at night in Chicago, when the firm without an offset has its full sync. */
    const night = Date.UTC(2026, 5, 11, 8);
    const stepAt = (fullSyncedAt: number) =>
      nextSyncStep(
        firmWith({ id: 0, fullSyncedAt, polledAt: night, webhooksCheckedAt: night }),
        REQUIREMENTS,
        night,
      );
    expect(stepAt(night - 12 * HOUR)).toBe("start_full_sync");
    expect(stepAt(night - 12 * HOUR + 1)).toBeNull();
    expect(stepAt(night - MINUTE)).toBeNull();
  });

  test.each<[offset: number, local: string, isDue: boolean]>([
    [0, "00:59", false],
    [0, "01:00", true],
    [0, "04:59", true],
    [0, "05:00", false],
    [45, "01:44", false],
    [45, "01:45", true],
    [179, "03:58", false],
    [179, "03:59", true],
    [0, "13:00", false],
    [0, "14:00", false],
  ])("of a firm with an offset of %i minutes is due at %s: %s", (offset, local, isDue) => {
    const [hours = 0, minutes = 0] = local.split(":").map(Number);
    // Chicago is five hours behind in June.
    const now = Date.UTC(2026, 5, 11, hours + 5, minutes);
    const firm = firmWith({
      id: 180 * 7 + offset,
      fullSyncedAt: now - 20 * HOUR,
      polledAt: now,
      webhooksCheckedAt: now,
    });
    expect(nextSyncStep(firm, REQUIREMENTS, now)).toBe(isDue ? "start_full_sync" : null);
  });

  test("runs at any time of day if the last one was 36 hours ago or never", () => {
    const stepAt = (fullSyncedAt: number | null) =>
      nextSyncStep(firmWith({ fullSyncedAt }), REQUIREMENTS, NOW);
    expect(stepAt(NOW - 36 * HOUR)).toBe("start_full_sync");
    expect(stepAt(NOW - 36 * HOUR + 1)).toBeNull();
    expect(stepAt(null)).toBe("start_full_sync");
  });

  test("runs at once after nights without the service, and at night from then on", () => {
    const from = Date.UTC(2026, 5, 10, 19);
    const starts = startsWithin(4, { id: 30, from, lastSyncAt: from - 3 * DAY });
    expect(starts[0]).toBe(from);
    // Twelve hours after that one ended, it is still night.
    const local = starts.slice(1).map((at) => minuteOfDay(at, CHICAGO));
    expect(local).toEqual([2 * 60 + 20, 90, 90, 90]);
  });

  test("depends on the time zone", () => {
    const at = Date.UTC(2026, 5, 11, 8);
    const stepAt = (timeZone: string) =>
      nextSyncStep(
        firmWith({ id: 0, fullSyncedAt: at - 20 * HOUR, polledAt: at, webhooksCheckedAt: at }),
        { formatVersion: "format", hourAt: hourIn(timeZone), webhookBaseUrl: ADDRESS },
        at,
      );
    expect(stepAt(CHICAGO)).toBe("start_full_sync"); // 3:00
    expect(stepAt("America/Toronto")).toBe("start_full_sync"); // 4:00
    expect(stepAt("Europe/London")).toBeNull(); // 9:00
    expect(stepAt("Australia/Sydney")).toBeNull(); // 18:00
  });
});

describe("the hour of the day", () => {
  test.each<[timeZone: string, at: number, hour: number]>([
    [CHICAGO, Date.UTC(2026, 0, 15, 6), 0],
    [CHICAGO, Date.UTC(2026, 0, 15, 5, 59), 23],
    [CHICAGO, Date.UTC(2026, 6, 15, 6), 1],
    ["Europe/London", Date.UTC(2026, 0, 15, 0), 0],
    ["Europe/London", Date.UTC(2026, 6, 15, 0), 1],
    ["Australia/Sydney", Date.UTC(2026, 0, 15, 13), 0],
    // Daylight saving time starts and ends at two.
    [CHICAGO, Date.UTC(2026, 2, 8, 7, 59), 1],
    [CHICAGO, Date.UTC(2026, 2, 8, 8), 3],
    [CHICAGO, Date.UTC(2026, 10, 1, 6, 30), 1],
    [CHICAGO, Date.UTC(2026, 10, 1, 7, 30), 1],
  ])("in %s at %i is %i", (timeZone, at, hour) => {
    expect(hourIn(timeZone)(at)).toBe(hour);
  });
});

describe("the mirror that answers calls", () => {
  test("is complete, of the lookup account and in the current format", () => {
    const firm = firmWith();
    expect(usableMirror(firm, REQUIREMENTS, NOW)).toBe(firm.mirror);
  });

  test.each<[string, FirmMirror | null]>([
    ["the firm isn't admitted", null],
    ["there is no mirror", firmWith({}, { mirror: null })],
    ["there is no mirror and no user is connected", firmWith({}, { mirror: null, lookupUserId: null })],
    ["no user is connected", firmWith({}, { lookupUserId: null })],
    ["the lookup account has changed and may see other records", firmWith({}, { lookupUserId: 351 })],
    ["its format is outdated", firmWith({ formatVersion: "format 0" })],
    ["it isn't complete", firmWith({ completeAt: null })],
    ["it was never polled", firmWith({ polledAt: null })],
    ["it was last polled a day ago", firmWith({ polledAt: NOW - DAY })],
  ])("doesn't exist if %s", (_, firm) => {
    expect(usableMirror(firm, REQUIREMENTS, NOW)).toBeNull();
  });

  test("is current before it is complete, but doesn't answer calls", () => {
    const firm = firmWith({ completeAt: null, polledAt: null });
    expect(currentMirror(firm, REQUIREMENTS)).toBe(firm.mirror);
    expect(currentMirror(firmWith({ formatVersion: "format 0" }), REQUIREMENTS)).toBeNull();
    expect(currentMirror(firmWith({}, { lookupUserId: 351 }), REQUIREMENTS)).toBeNull();
    expect(currentMirror(firmWith({}, { mirror: null }), REQUIREMENTS)).toBeNull();
    expect(currentMirror(firmWith({}, { mirror: null, lookupUserId: null }), REQUIREMENTS)).toBeNull();
  });

  test("answers for a day without Clio, whatever failed", () => {
    expect(MAX_STALENESS_MS).toBe(DAY);
    const firm = firmWith({
      polledAt: NOW - DAY + 1,
      lastErrorCode: "clio_error",
      failures: 9,
      retryAt: NOW + HOUR,
    });
    expect(usableMirror(firm, REQUIREMENTS, NOW)).toBe(firm.mirror);
  });

  test("answers while changes are pending and during a full sync", () => {
    const firm = firmWith({ fullSync: FULL_SYNC, fullSyncRequested: true }, { hasPendingChanges: true });
    expect(usableMirror(firm, REQUIREMENTS, NOW)).toBe(firm.mirror);
  });

  test("is stale once two polls have been missed", () => {
    expect(POLL_INTERVAL_MS).toBe(5 * MINUTE);
    expect(isStale(mirror({ polledAt: NOW }), NOW)).toBe(false);
    expect(isStale(mirror({ polledAt: NOW - 10 * MINUTE }), NOW)).toBe(false);
    expect(isStale(mirror({ polledAt: NOW - 10 * MINUTE - 1 }), NOW)).toBe(true);
    expect(isStale(mirror({ polledAt: null }), NOW)).toBe(true);
  });
});
