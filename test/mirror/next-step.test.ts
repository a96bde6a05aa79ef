import { describe, expect, test } from "vitest";
import {
  currentMirror,
  isStale,
  MAX_STALENESS_MS,
  POLL_INTERVAL_MS,
  usableMirror,
} from "../../src/mirror/freshness.ts";
import { hourIn, type MirrorRequirements, nextSyncStep, type Step } from "../../src/mirror/next-step.ts";
import type { FirmMirror, Mirror } from "../../src/store/repositories/mirrors.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const CHICAGO = "America/Chicago";
/** 14:00 in Chicago, when no firm has its nightly pass. */
const NOW = Date.UTC(2026, 4, 31, 19);

const ADDRESS = "https://router.example.com";

const WANTED: MirrorRequirements = { formatVersion: "form", hourAt: hourIn(CHICAGO), webhooksTo: ADDRESS };

/** A mirror with which nothing is due. */
function mirror(changes: Partial<Mirror> = {}): Mirror {
  return {
    id: 1_800_000,
    firmId: "us-1",
    userId: 350,
    formatVersion: "form",
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

const PASS = {
  kind: "contact",
  after: 5,
  next: null,
  startedAt: NOW - MINUTE,
  contacts: 9,
  matters: 9,
  read: 1,
} as const;

describe("what is due for a firm", () => {
  test.each<[what: string, firm: FirmMirror, step: Step | null]>([
    ["nothing, while everything is as it should be", firmWith(), null],

    // Who it is read through
    ["a mirror, for a firm without one", firmWith({}, { mirror: null }), "begin"],
    ["nothing without anybody connected", firmWith({}, { mirror: null, lookupUserId: null }), null],
    ["an end, when nobody is connected any more", firmWith({}, { lookupUserId: null }), "give_up"],
    ["another, when somebody else answers", firmWith({}, { lookupUserId: 351 }), "begin"],
    ["another, when it is of another form", firmWith({ formatVersion: "form 0" }), "begin"],

    // Failures
    ["nothing before its next try", firmWith({ retryAt: NOW + 1, polledAt: null, fullSync: PASS }), null],
    ["the next try when its time has come", firmWith({ retryAt: NOW, fullSync: PASS }), "pass"],
    ["another mirror at once, whatever failed", firmWith({ retryAt: NOW + 1, userId: 351 }), "begin"],
    ["an end at once", firmWith({ retryAt: NOW + 1 }, { lookupUserId: null }), "give_up"],

    // Webhooks
    ["webhooks, when nobody has seen to them", firmWith({ webhooksCheckedAt: null }), "webhooks"],
    [
      "webhooks, for a new address of the service",
      firmWith({ webhooksAddress: "https://old.example" }),
      "webhooks",
    ],
    ["webhooks, when nobody knows where they lead", firmWith({ webhooksAddress: null }), "webhooks"],
    ["webhooks, each day", firmWith({ webhooksCheckedAt: NOW - DAY }), "webhooks"],
    ["none before", firmWith({ webhooksCheckedAt: NOW - DAY + 1 }), null],
    [
      "webhooks that are in trouble, every five minutes",
      firmWith({ webhooksCheckedAt: NOW - 5 * MINUTE, webhooksErrorCode: "clio_permission" }),
      "webhooks",
    ],
    [
      "none of those before",
      firmWith({ webhooksCheckedAt: NOW - 5 * MINUTE + 1, webhooksErrorCode: "clio_permission" }),
      null,
    ],

    // Changes
    ["changes, when some were noted", firmWith({}, { hasPendingChanges: true }), "changes"],
    [
      "changes, before the first pass as well",
      firmWith({ completeAt: null, polledAt: null, fullSyncedAt: null }, { hasPendingChanges: true }),
      "changes",
    ],

    // Polls
    ["a poll, every five minutes", firmWith({ polledAt: NOW - 5 * MINUTE }), "poll"],
    ["none before", firmWith({ polledAt: NOW - 5 * MINUTE + 1 }), null],
    [
      "none before the first pass is over",
      firmWith({ completeAt: null, polledAt: null, fullSync: PASS }),
      "pass",
    ],
    [
      "none before the first pass is over, however long that takes",
      firmWith({ completeAt: null, polledAt: NOW - DAY, fullSync: PASS }),
      "pass",
    ],
    ["a poll, for one that was never polled", firmWith({ polledAt: null }), "poll"],

    // Passes
    ["the first pass", firmWith({ completeAt: null, polledAt: null, fullSyncedAt: null }), "begin_pass"],
    ["the pass that is under way", firmWith({ fullSync: PASS }), "pass"],
    [
      "the pass that is under way, though another is wanted",
      firmWith({ fullSync: PASS, fullSyncRequested: true }),
      "pass",
    ],
    ["a pass that somebody wants", firmWith({ fullSyncRequested: true }), "begin_pass"],
  ])("is %s", (_, firm, step) => {
    expect(nextSyncStep(firm, WANTED, NOW)).toBe(step);
  });

  test("leaves the webhooks alone for whoever could not answer their handshake", () => {
    const alone = { ...WANTED, webhooksTo: null };
    const hooks = [
      { webhooksCheckedAt: null, webhooksAddress: null },
      { webhooksCheckedAt: NOW - 9 * DAY },
      { webhooksCheckedAt: NOW - DAY, webhooksErrorCode: "clio_permission" },
    ];
    for (const one of hooks) {
      expect(nextSyncStep(firmWith(one), alone, NOW)).toBeNull();
      expect(nextSyncStep(firmWith(one, { hasPendingChanges: true }), alone, NOW)).toBe("changes");
    }
  });

  test("is one step after the other, the most urgent first", () => {
    const everything: Partial<Mirror> = {
      webhooksCheckedAt: null,
      polledAt: NOW - DAY,
      fullSync: PASS,
      fullSyncRequested: true,
    };
    const steps = [
      nextSyncStep(
        firmWith({ ...everything, formatVersion: "form 0" }, { hasPendingChanges: true, lookupUserId: null }),
        WANTED,
        NOW,
      ),
      nextSyncStep(
        firmWith({ ...everything, formatVersion: "form 0" }, { hasPendingChanges: true }),
        WANTED,
        NOW,
      ),
      nextSyncStep(firmWith(everything, { hasPendingChanges: true }), WANTED, NOW),
      nextSyncStep(
        firmWith({ ...everything, webhooksCheckedAt: NOW }, { hasPendingChanges: true }),
        WANTED,
        NOW,
      ),
      nextSyncStep(firmWith({ ...everything, webhooksCheckedAt: NOW }), WANTED, NOW),
      nextSyncStep(firmWith({ ...everything, webhooksCheckedAt: NOW, polledAt: NOW }), WANTED, NOW),
      nextSyncStep(
        firmWith({ ...everything, webhooksCheckedAt: NOW, polledAt: NOW, fullSync: null }),
        WANTED,
        NOW,
      ),
      nextSyncStep(firmWith(), WANTED, NOW),
    ];
    expect(steps).toEqual(["give_up", "begin", "webhooks", "changes", "poll", "pass", "begin_pass", null]);
  });

  test.each<[string, FirmMirror, Step | null]>([
    ["an end to what is there", firmWith({}, { hasPendingChanges: true }), "give_up"],
    ["an end even before the next try", firmWith({ retryAt: NOW + HOUR }), "give_up"],
    ["an end, connected or not", firmWith({}, { lookupUserId: null }), "give_up"],
    ["nothing else", firmWith({}, { mirror: null }), null],
  ])("when nothing is to be kept is %s", (_, firm, step) => {
    expect(nextSyncStep(firm, null, NOW)).toBe(step);
  });
});

describe("the nightly pass", () => {
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

  /** When passes begin over some days, looked at every five minutes as a service would that is never down. */
  function passesOver(
    days: number,
    { id, from, timeZone = CHICAGO, takes = 20 * MINUTE, passedAt = from }: PassesOver,
  ): number[] {
    const wanted = { formatVersion: "form", hourAt: hourIn(timeZone), webhooksTo: ADDRESS };
    const begun: number[] = [];
    let last = passedAt;
    for (let now = from; now < from + days * DAY; now += 5 * MINUTE) {
      const firm = firmWith({ id, fullSyncedAt: last, polledAt: now, webhooksCheckedAt: now });
      const step = nextSyncStep(firm, wanted, now);
      if (step === null) continue;
      expect(step).toBe("begin_pass");
      begun.push(now);
      last = now + takes;
      now = last;
    }
    return begun;
  }
  interface PassesOver {
    id: number;
    from: number;
    timeZone?: string;
    takes?: number;
    passedAt?: number;
  }

  test.each<[timeZone: string, from: number]>([
    [CHICAGO, Date.UTC(2026, 4, 20, 19)],
    ["Europe/London", Date.UTC(2026, 5, 10, 12)],
    ["America/Toronto", Date.UTC(2026, 0, 5, 17)],
    ["Australia/Sydney", Date.UTC(2026, 7, 3, 2)],
    // Over the night in which the clocks are put forward, and the one in which they are put back.
    [CHICAGO, Date.UTC(2026, 2, 3, 19)],
    [CHICAGO, Date.UTC(2026, 9, 28, 19)],
    ["Europe/London", Date.UTC(2026, 2, 24, 12)],
    ["Australia/Sydney", Date.UTC(2026, 3, 1, 2)],
  ])("is made once a night in %s, between one and five", (timeZone, from) => {
    for (const id of [0, 1, 59, 60, 90, 120, 179, 180 * 1_000_000_007 + 30]) {
      const begun = passesOver(8, { id, from, timeZone });
      expect(begun).toHaveLength(8);
      for (const at of begun) {
        expect(minuteOfDay(at, timeZone)).toBeGreaterThanOrEqual(60);
        // Five itself in the night that has an hour less.
        expect(minuteOfDay(at, timeZone)).toBeLessThanOrEqual(5 * 60);
      }
    }
  });

  test("begins at a time of its own in each firm, the same every night", () => {
    const from = Date.UTC(2026, 5, 10, 19);
    const times = Array.from({ length: 36 }, (_, at) => {
      const begun = passesOver(4, { id: 180_000_000 + 5 * at, from, passedAt: from - DAY / 4 });
      const minutes = new Set(begun.map((one) => minuteOfDay(one, CHICAGO)));
      expect(minutes.size).toBe(1);
      return [...minutes][0] ?? 0;
    });
    expect(new Set(times).size).toBe(36);
    expect(Math.min(...times)).toBe(60);
    expect(Math.max(...times)).toBe(60 + 175);
  });

  test("is not made twice a night, however quick or slow", () => {
    const from = Date.UTC(2026, 5, 10, 19);
    for (const takes of [MINUTE, 3 * HOUR, 5 * HOUR])
      expect(passesOver(10, { id: 90, from, takes })).toHaveLength(10);
  });

  test("is left out after another pass in the same half day", () => {
    /** Three at night in Chicago, when the firm without a delay has its pass. */
    const night = Date.UTC(2026, 5, 11, 8);
    const due = (fullSyncedAt: number) =>
      nextSyncStep(
        firmWith({ id: 0, fullSyncedAt, polledAt: night, webhooksCheckedAt: night }),
        WANTED,
        night,
      );
    expect(due(night - 12 * HOUR)).toBe("begin_pass");
    expect(due(night - 12 * HOUR + 1)).toBeNull();
    expect(due(night - MINUTE)).toBeNull();
  });

  test.each<[delay: number, local: string, due: boolean]>([
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
  ])("of a firm with a delay of %i minutes is due at %s: %s", (delay, local, due) => {
    const [hours = 0, minutes = 0] = local.split(":").map(Number);
    // Chicago is five hours behind in June.
    const now = Date.UTC(2026, 5, 11, hours + 5, minutes);
    const firm = firmWith({
      id: 180 * 7 + delay,
      fullSyncedAt: now - 20 * HOUR,
      polledAt: now,
      webhooksCheckedAt: now,
    });
    expect(nextSyncStep(firm, WANTED, now)).toBe(due ? "begin_pass" : null);
  });

  test("is made by day when the last one was 36 hours ago, or is not known", () => {
    const due = (fullSyncedAt: number | null) => nextSyncStep(firmWith({ fullSyncedAt }), WANTED, NOW);
    expect(due(NOW - 36 * HOUR)).toBe("begin_pass");
    expect(due(NOW - 36 * HOUR + 1)).toBeNull();
    expect(due(null)).toBe("begin_pass");
  });

  test("is made up for by day after the service was away at night, and at night from then on", () => {
    const from = Date.UTC(2026, 5, 10, 19);
    const begun = passesOver(4, { id: 30, from, passedAt: from - 3 * DAY });
    expect(begun[0]).toBe(from);
    // Twelve hours after it ended the night is not over yet.
    const local = begun.slice(1).map((at) => minuteOfDay(at, CHICAGO));
    expect(local).toEqual([2 * 60 + 20, 90, 90, 90]);
  });

  test("goes by the firm's own time zone", () => {
    const at = Date.UTC(2026, 5, 11, 8);
    const due = (timeZone: string) =>
      nextSyncStep(
        firmWith({ id: 0, fullSyncedAt: at - 20 * HOUR, polledAt: at, webhooksCheckedAt: at }),
        { formatVersion: "form", hourAt: hourIn(timeZone), webhooksTo: ADDRESS },
        at,
      );
    expect(due(CHICAGO)).toBe("begin_pass"); // 3:00
    expect(due("America/Toronto")).toBe("begin_pass"); // 4:00
    expect(due("Europe/London")).toBeNull(); // 9:00
    expect(due("Australia/Sydney")).toBeNull(); // 18:00
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
    // The clocks are put forward at two, and back at two.
    [CHICAGO, Date.UTC(2026, 2, 8, 7, 59), 1],
    [CHICAGO, Date.UTC(2026, 2, 8, 8), 3],
    [CHICAGO, Date.UTC(2026, 10, 1, 6, 30), 1],
    [CHICAGO, Date.UTC(2026, 10, 1, 7, 30), 1],
  ])("in %s at %i is %i", (timeZone, at, hour) => {
    expect(hourIn(timeZone)(at)).toBe(hour);
  });
});

describe("the mirror that callers are answered from", () => {
  test("is the one that is complete, of the answering user, in this form", () => {
    const firm = firmWith();
    expect(usableMirror(firm, WANTED, NOW)).toBe(firm.mirror);
  });

  test.each<[string, FirmMirror | null]>([
    ["the firm is not admitted", null],
    ["there is none", firmWith({}, { mirror: null })],
    ["there is none, and nobody is connected", firmWith({}, { mirror: null, lookupUserId: null })],
    ["nobody is connected", firmWith({}, { lookupUserId: null })],
    ["somebody else answers, who may see other things", firmWith({}, { lookupUserId: 351 })],
    ["it was made in another form", firmWith({ formatVersion: "form 0" })],
    ["it is not complete", firmWith({ completeAt: null })],
    ["it was never up to date", firmWith({ polledAt: null })],
    ["it was not up to date for a day", firmWith({ polledAt: NOW - DAY })],
  ])("is none when %s", (_, firm) => {
    expect(usableMirror(firm, WANTED, NOW)).toBeNull();
  });

  test("is the right one before it is complete, though nobody is answered from it", () => {
    const firm = firmWith({ completeAt: null, polledAt: null });
    expect(currentMirror(firm, WANTED)).toBe(firm.mirror);
    expect(currentMirror(firmWith({ formatVersion: "form 0" }), WANTED)).toBeNull();
    expect(currentMirror(firmWith({}, { lookupUserId: 351 }), WANTED)).toBeNull();
    expect(currentMirror(firmWith({}, { mirror: null }), WANTED)).toBeNull();
    expect(currentMirror(firmWith({}, { mirror: null, lookupUserId: null }), WANTED)).toBeNull();
  });

  test("is good for a day without Clio, whatever failed", () => {
    expect(MAX_STALENESS_MS).toBe(DAY);
    const firm = firmWith({
      polledAt: NOW - DAY + 1,
      lastErrorCode: "clio_error",
      failures: 9,
      retryAt: NOW + HOUR,
    });
    expect(usableMirror(firm, WANTED, NOW)).toBe(firm.mirror);
  });

  test("is good while changes wait, and while it is read once more", () => {
    const firm = firmWith({ fullSync: PASS, fullSyncRequested: true }, { hasPendingChanges: true });
    expect(usableMirror(firm, WANTED, NOW)).toBe(firm.mirror);
  });

  test("lags behind once two polls have been missed", () => {
    expect(POLL_INTERVAL_MS).toBe(5 * MINUTE);
    expect(isStale(mirror({ polledAt: NOW }), NOW)).toBe(false);
    expect(isStale(mirror({ polledAt: NOW - 10 * MINUTE }), NOW)).toBe(false);
    expect(isStale(mirror({ polledAt: NOW - 10 * MINUTE - 1 }), NOW)).toBe(true);
    expect(isStale(mirror({ polledAt: null }), NOW)).toBe(true);
  });
});
