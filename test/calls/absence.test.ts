import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AbsencePeriod, absencesAt } from "../../src/calls/absence.ts";
import { whoTakesTheCall } from "../../src/calls/matching/who-takes-the-call.ts";
import { STAFF_ROLES, type StaffMember } from "../../src/calls/matter.ts";
import { openTimeZone } from "../../src/runtime/time-zone.ts";
import { felix, greta, matter, user } from "./people.ts";

const ida = user(352, "Ida Marsh");
const USERS = new Map(
  [felix, greta, ida, user(353, "Gone Away", false), user(354, " ")].map((one) => [one.id, one]),
);
const ROLES = ["responsible_staff", "responsible_attorney"] as const;
const zone = openTimeZone("America/Los_Angeles");

const at = (local: string) => zone.toMoment(local) ?? Number.NaN;
const period = (
  userId: number,
  from: string,
  until: string | null,
  standInId: number | null = null,
): AbsencePeriod => ({
  userId,
  from: at(from),
  until: until === null ? null : at(until),
  standInId,
});

function absences(
  moment: number,
  periods: readonly AbsencePeriod[],
  users: ReadonlyMap<number, StaffMember> = USERS,
) {
  return absencesAt(moment, {
    periods: Map.groupBy(periods, ({ userId }) => userId),
    findUser: (id) => users.get(id) ?? null,
    formatTime: zone.format,
  });
}

const NOON = "2026-11-27T12:00";

describe("who takes the call", () => {
  const both = matter(1, { staff: { responsible_staff: felix, responsible_attorney: greta } });
  const alone = matter(1, { staff: { responsible_staff: felix } });
  const week = (userId: number, standInId: number | null = null) =>
    period(userId, "2026-11-23", "2026-11-28", standInId);
  test.each<[rule: string, on: typeof both, periods: AbsencePeriod[], expected: string]>([
    ["the person, if no one is away", both, [], "350 as responsible_staff: first_role"],
    ["the person, if someone else is away", both, [week(351, 352)], "350 as responsible_staff: first_role"],
    ["the stand-in", both, [week(350, 352)], "352 as responsible_staff: stand_in, 350 away"],
    [
      "the next role, without a stand-in",
      both,
      [week(350)],
      "351 as responsible_attorney: next_role_present, 350 away",
    ],
    [
      "the next role, if the stand-in is away too",
      both,
      [week(350, 352), week(352)],
      "351 as responsible_attorney: next_role_present, 350 away",
    ],
    [
      "the next role: a stand-in's own stand-in doesn't count",
      both,
      [week(350, 352), week(352, 353)],
      "351 as responsible_attorney: next_role_present, 350 away",
    ],
    [
      "the next role, if the stand-in is disabled in Clio",
      both,
      [week(350, 353)],
      "351 as responsible_attorney: next_role_present, 350 away",
    ],
    [
      "the next role, if the stand-in has no name",
      both,
      [week(350, 354)],
      "351 as responsible_attorney: next_role_present, 350 away",
    ],
    [
      "the next role, if the stand-in isn't in Clio",
      both,
      [week(350, 999)],
      "351 as responsible_attorney: next_role_present, 350 away",
    ],
    [
      "no one, if the next role is away too, whoever stands in for it",
      both,
      [week(350), week(351, 352)],
      "no one: all_away, 350 away",
    ],
    ["no one, without another role", alone, [week(350)], "no one: all_away, 350 away"],
    [
      "no one, if one person has both roles",
      matter(1, { staff: { responsible_staff: felix, responsible_attorney: felix } }),
      [week(350)],
      "no one: all_away, 350 away",
    ],
  ])("%s", (_, on, periods, expected) => {
    const staffed = whoTakesTheCall(on, ROLES, absences(at(NOON), periods));
    const taker = staffed?.person ? `${staffed.person.id} as ${staffed.role}` : "no one";
    const away = staffed?.away ? `, ${staffed.away.person.id} away` : "";
    expect(`${taker}: ${staffed?.rule}${away}`).toBe(expected);
  });

  test("never a person who is away, and never an absence that isn't told", () => {
    const arbitraryPeriod = fc.record({
      userId: fc.constantFrom(350, 351, 352, 353),
      from: fc.integer({ min: 0, max: 20 }),
      until: fc.option(fc.integer({ min: 1, max: 20 })),
      standInId: fc.option(fc.constantFrom(350, 351, 352, 353, 354, 999)),
    });
    const person = fc.option(fc.constantFrom(...USERS.values()));
    const staff = fc.record({
      responsible_staff: person,
      responsible_attorney: person,
      originating_attorney: person,
    });
    fc.assert(
      fc.property(
        fc.array(arbitraryPeriod),
        staff,
        fc.integer({ min: 0, max: 20 }),
        (periods, roles, moment) => {
          const now = absences(moment, periods);
          const someMatter = matter(1, { staff: roles });
          const staffed = whoTakesTheCall(someMatter, STAFF_ROLES, now);
          const isThere = (id: number) =>
            !periods.some(
              ({ userId, from, until }) =>
                userId === id && from <= moment && (until === null || moment < until),
            );
          const usual = whoTakesTheCall(someMatter, STAFF_ROLES);
          expect(staffed === null).toBe(usual === null);
          if (!staffed || !usual) return;
          if (staffed.person) expect(isThere(staffed.person.id)).toBe(true);
          expect(staffed.away === null).toBe(isThere(usual.person?.id ?? 0));
          expect(staffed.away?.person.id ?? staffed.person?.id).toBe(usual.person?.id);
        },
      ),
    );
  });
});

describe("when a person is back", () => {
  test.each<[when: string, moment: string, periods: AbsencePeriod[], until: string | null | "there"]>([
    [
      "the end of the absence",
      NOON,
      [period(350, "2026-11-23", "2026-11-27T17:00")],
      "2026-11-27T17:00:00-08:00",
    ],
    ["not before it begins", NOON, [period(350, "2026-11-27T12:01", null)], "there"],
    ["from its first moment", NOON, [period(350, NOON, null)], null],
    ["not at its last moment", NOON, [period(350, "2026-11-23", NOON)], "there"],
    [
      "over midnight",
      "2026-11-28T00:30",
      [period(350, "2026-11-27T22:00", "2026-11-28T06:00")],
      "2026-11-28T06:00:00-08:00",
    ],
    [
      "after a day on which the clocks go back",
      "2026-11-01T12:00",
      [period(350, "2026-11-01", "2026-11-02")],
      "2026-11-02T00:00:00-08:00",
    ],
    [
      "after absences that follow each other, in any order",
      NOON,
      [
        period(350, "2026-11-30", "2026-12-02"),
        period(350, "2026-11-27", "2026-11-28"),
        period(350, "2026-11-27T20:00", "2026-11-30"),
        period(350, "2026-12-03", "2026-12-24"),
      ],
      "2026-12-02T00:00:00-08:00",
    ],
    [
      "unknown, if one that follows has no end",
      NOON,
      [period(350, "2026-11-27", "2026-11-28"), period(350, "2026-11-28", null)],
      null,
    ],
    ["someone else's absence doesn't count", NOON, [period(351, "2026-11-23", null)], "there"],
  ])("%s", (_, moment, periods, until) => {
    const absence = absences(at(moment), periods).of(350);
    expect(absence ? absence.until : "there").toBe(until);
  });
});

test("a day in court without a stand-in leaves the one for the vacation", () => {
  const periods = [
    period(350, "2026-11-23", "2026-11-28", 351),
    period(350, "2026-11-27", "2026-11-28"),
    period(350, "2026-11-20", "2026-12-20", 352),
  ];
  expect(absences(at(NOON), periods).of(350)?.standIn?.id).toBe(351);
});
