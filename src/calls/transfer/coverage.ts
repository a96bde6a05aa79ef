import type { CountryCode } from "../matching/phone-number.ts";
import type { NamedStaffMember } from "../matching/who-takes-the-call.ts";
import { isLive, type Matter, type StaffRole } from "../matter.ts";
import { coverDuringAbsences, type KnownAbsences, NO_ABSENCES } from "./absence-cover.ts";
import { groupByCallTaker } from "./call-takers.ts";
import { canBeDialed } from "./destination.ts";
import { namesakesAmong } from "./namesakes.ts";
import { buildTransferRule, type TransferRule } from "./rule.ts";

/** Which of a firm's live matters reach a person who can be dialed, and what is missing for the others. */
export interface Coverage {
  /** One for each person who needs a rule, sorted by name. */
  readonly rules: readonly CountedRule[];
  readonly liveMatterCount: number;
  /** Live matters whose calls reach no one, in the order of the matters. */
  readonly unreached: readonly UnreachedMatter[];
}

export interface CountedRule {
  readonly person: NamedStaffMember;
  readonly rule: TransferRule;
  /** Live matters for which the person takes calls when everyone is there. */
  readonly matterCount: number;
  /** People whose calls this person takes while they are away, now or later. */
  readonly covers: readonly NamedStaffMember[];
}

/** Why calls for a matter reach no one. */
export type UnreachedReason =
  /** None of the roles in `STAFF_ROLES` has a person. */
  | "no_staff"
  /** The people in those roles are disabled in Clio. */
  | "disabled_staff"
  /** The person who takes the calls has no phone number in Clio. */
  | "no_number"
  /** The number of the person who takes the calls can't be dialed. */
  | "invalid_number";

export interface UnreachedMatter {
  readonly id: number;
  readonly displayNumber: string | null;
  readonly reason: UnreachedReason;
  /** The person who takes the calls or is disabled; null if there is none. */
  readonly personName: string | null;
}

/**
 * Every transfer rule a firm needs, for `GET /transfer-rules` (docs/reference/endpoints.md).
 * @param matters in any status; only the live ones (open or pending) count
 * @param country for phone numbers typed without a country code
 * @param absences those that aren't over: the people who take calls meanwhile need rules too
 */
export function buildCoverage(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  country: CountryCode,
  absences: KnownAbsences = NO_ABSENCES,
): Coverage {
  const live = matters.filter(isLive);
  const { callTakers, unassigned } = groupByCallTaker(live, staffRoles);
  const covers = new Map(
    coverDuringAbsences(callTakers, staffRoles, absences).map((cover) => [cover.person.id, cover]),
  );
  const people = new Map([...covers.values(), ...callTakers].map(({ person }) => [person.id, person]));
  const hasNamesake = namesakesAmong([...people.values()]);
  const unreached = new Map<number, UnreachedMatter>();
  for (const matter of unassigned) unreached.set(matter.id, withoutCallTaker(matter, staffRoles));
  const mattersOf = new Map(callTakers.map(({ person, matters }) => [person.id, matters]));
  const rules = [...people.values()].map((person): CountedRule => {
    const rule = buildTransferRule(person, hasNamesake, country);
    const matters = mattersOf.get(person.id) ?? [];
    if (!canBeDialed(rule))
      for (const { id, displayNumber } of matters)
        unreached.set(id, {
          id,
          displayNumber,
          reason: rule.destination === null ? "no_number" : "invalid_number",
          personName: rule.name,
        });
    return { person, rule, matterCount: matters.length, covers: covers.get(person.id)?.covers ?? [] };
  });
  return {
    rules: rules.toSorted(
      (one, other) => one.rule.name.localeCompare(other.rule.name) || one.person.id - other.person.id,
    ),
    liveMatterCount: live.length,
    unreached: live.flatMap(({ id }) => unreached.get(id) ?? []),
  };
}

function withoutCallTaker(
  { id, displayNumber, staff }: Matter,
  staffRoles: readonly StaffRole[],
): UnreachedMatter {
  for (const role of staffRoles) {
    const person = staff[role];
    if (person?.enabled === false)
      return { id, displayNumber, reason: "disabled_staff", personName: person.name?.trim() || null };
  }
  return { id, displayNumber, reason: "no_staff", personName: null };
}
