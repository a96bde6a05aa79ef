import type { Absence, AbsencePeriod, Absences, PeriodsByUser } from "../absence.ts";
import { type NamedStaffMember, whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import type { StaffMember, StaffRole } from "../matter.ts";
import type { CallTaker } from "./call-takers.ts";

/** The absences of a firm that may need transfer rules: those that aren't over. */
export interface KnownAbsences {
  readonly periods: PeriodsByUser;
  /** Finds a user of the firm. */
  readonly findUser: (userId: number) => StaffMember | null;
}

export const NO_ABSENCES: KnownAbsences = { periods: new Map(), findUser: () => null };

/** A person who takes calls while others are away. */
export interface AbsenceCover {
  readonly person: NamedStaffMember;
  /** Those who are away, now or later. */
  readonly covers: readonly NamedStaffMember[];
}

/**
 * Who takes calls while the people who usually take them are away: their stand-ins, and the next people on their matters
 * (docs/explanation/who-is-found.md#absences). Upfirst can transfer to them only if they have a rule, so every absence that
 * is known counts, however far away.
 */
export function coverDuringAbsences(
  callTakers: readonly CallTaker[],
  staffRoles: readonly StaffRole[],
  { periods, findUser }: KnownAbsences,
): AbsenceCover[] {
  const found = new Map<number, AbsenceCover & { covers: NamedStaffMember[] }>();
  for (const { person: absentee, matters } of callTakers)
    for (const standIn of standInsDuring(periods.get(absentee.id) ?? [], periods, findUser)) {
      const absences = onlyAway(absentee.id, { until: null, standIn });
      for (const matter of matters) {
        const person = whoTakesTheCall(matter, staffRoles, absences)?.person;
        if (!person) continue;
        const known = found.get(person.id);
        if (!known) found.set(person.id, { person, covers: [absentee] });
        else if (known.covers.at(-1) !== absentee) known.covers.push(absentee);
      }
    }
  return [...found.values()];
}

/** Null stands for the next person on a matter. */
function standInsDuring(
  ofUser: readonly AbsencePeriod[],
  periods: PeriodsByUser,
  findUser: KnownAbsences["findUser"],
): Set<StaffMember | null> {
  const standIns = new Set<StaffMember | null>();
  for (const { standInId } of ofUser) {
    standIns.add(standInId === null ? null : findUser(standInId));
    // A stand-in who may be away as well is passed over.
    if (standInId !== null && periods.has(standInId)) standIns.add(null);
  }
  return standIns;
}

function onlyAway(userId: number, absence: Absence): Absences {
  return { of: (id) => (id === userId ? absence : null) };
}

/** The absences that aren't over at a moment, in milliseconds since 1970. */
export function notOver(periods: PeriodsByUser, moment: number): PeriodsByUser {
  const left = new Map<number, readonly AbsencePeriod[]>();
  for (const [userId, ofUser] of periods) {
    const current = ofUser.filter(({ until }) => until === null || until > moment);
    if (current.length > 0) left.set(userId, current);
  }
  return left;
}
