import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTimeZone, openTimeZone } from "../../src/runtime/time-zone.ts";

const ZONES = [
  "America/Los_Angeles",
  "America/Chicago",
  "America/St_Johns",
  "America/Toronto",
  "America/Santiago",
  "Europe/London",
  "Australia/Sydney",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Auckland",
  "UTC",
].map(openTimeZone);

const arbitraryZone = fc.constantFrom(...ZONES);
const MINUTE_MS = 60_000;
const arbitraryMinute = fc
  .date({ min: new Date("2020-01-01T00:00Z"), max: new Date("2040-01-01T00:00Z"), noInvalidDate: true })
  .map((date) => Math.floor(date.getTime() / MINUTE_MS) * MINUTE_MS);

test("a moment that is written with its offset is the same moment", () => {
  fc.assert(
    fc.property(arbitraryZone, arbitraryMinute, (zone, moment) => {
      expect(Date.parse(zone.format(moment))).toBe(moment);
      expect(zone.format(moment)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00[+-]\d\d:\d\d$/);
    }),
  );
});

test("a local time leads back to its moment, or to the earlier one with the same local time", () => {
  fc.assert(
    fc.property(arbitraryZone, arbitraryMinute, (zone, moment) => {
      const local = zone.toLocal(moment);
      const back = zone.toMoment(local);
      expect(back).not.toBeNull();
      expect(back).toBeLessThanOrEqual(moment);
      expect(zone.toLocal(back ?? 0)).toBe(local);
    }),
  );
});

test("a later local time is never an earlier moment than the local time a minute before", () => {
  fc.assert(
    fc.property(arbitraryZone, arbitraryMinute, (zone, clock) => {
      const local = (at: number) => new Date(at).toISOString().slice(0, 16);
      const one = zone.toMoment(local(clock)) ?? Number.NaN;
      // The hour that is skipped counts twice: as the local time an hour later, and as itself.
      const hourLater = zone.toMoment(local(clock + 60 * MINUTE_MS)) ?? Number.NaN;
      expect(hourLater).toBeGreaterThanOrEqual(one);
    }),
  );
});

describe("a change of the clocks in Los Angeles", () => {
  const zone = openTimeZone("America/Los_Angeles");
  test.each([
    ["the evening before", "2026-10-31T23:30", "2026-11-01T06:30:00Z"],
    ["an hour that comes twice: the first of them", "2026-11-01T01:30", "2026-11-01T08:30:00Z"],
    ["after the second of them", "2026-11-01T02:00", "2026-11-01T10:00:00Z"],
    ["before an hour that is skipped", "2026-03-08T01:59", "2026-03-08T09:59:00Z"],
    ["within it: the time that clocks show", "2026-03-08T02:30", "2026-03-08T10:30:00Z"],
    ["after it", "2026-03-08T03:00", "2026-03-08T10:00:00Z"],
    ["a day", "2026-11-27", "2026-11-27T08:00:00Z"],
  ])("%s", (_, local, moment) => {
    expect(new Date(zone.toMoment(local) ?? 0).toISOString().replace(".000", "")).toBe(moment);
  });

  test("offsets before and after", () => {
    expect(zone.format(Date.parse("2026-11-01T08:30:00Z"))).toBe("2026-11-01T01:30:00-07:00");
    expect(zone.format(Date.parse("2026-11-01T09:30:00Z"))).toBe("2026-11-01T01:30:00-08:00");
  });
});

test("a day begins at its first moment where midnight is skipped", () => {
  const zone = openTimeZone("America/Santiago");
  // Clocks go from 23:59 on the 5th to 01:00 on the 6th.
  expect(zone.toLocal(zone.toMoment("2026-09-06") ?? 0)).toBe("2026-09-06T01:00");
});

test.each(["2026-02-30", "2026-13-01", "2026-11-27T24:30", "tomorrow", "", "2026-11-27T5:00"])(
  "%j is no local time",
  (text) => {
    expect(openTimeZone("UTC").toMoment(text)).toBeNull();
  },
);

test("knows time zones by their IANA names alone", () => {
  expect(isTimeZone("America/Los_Angeles")).toBe(true);
  for (const name of ["Mars/Olympus", "", "+02:00", "Pacific Time (US & Canada)"])
    expect(isTimeZone(name)).toBe(false);
});
