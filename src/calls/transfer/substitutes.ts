import type { AbsencePeriod, PeriodsByUser } from "../absence.ts";
import { canTakeCalls, type NamedStaffMember, whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import type { Matter, StaffMember, StaffRole } from "../matter.ts";

/**
 * The people who take calls because someone is away, now or later: stand-ins, and the next role on each matter of someone
 * who is away. Upfirst can transfer to them only if they have a rule too.
 * @param findUser finds a user of the firm
 * @param now milliseconds since 1970
 */
export function findSubstitutes(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  periods: PeriodsByUser,
  findUser: (userId: number) => StaffMember | null,
  now: number,
): NamedStaffMember[] {
  const substitutes = new Map<number, NamedStaffMember>();
  const add = (person: StaffMember | null | undefined) => {
    if (person && canTakeCalls(person)) substitutes.set(person.id, person);
  };
  const upcoming = (userId: number): readonly AbsencePeriod[] =>
    (periods.get(userId) ?? []).filter(({ until }) => until === null || until > now);
  for (const userId of periods.keys())
    for (const { standInId } of upcoming(userId)) if (standInId !== null) add(findUser(standInId));
  for (const matter of matters) {
    const usual = whoTakesTheCall(matter, staffRoles);
    if (!usual?.person || upcoming(usual.person.id).length === 0) continue;
    const { id } = usual.person;
    const others = staffRoles.map((role) => matter.staff[role]).filter((person) => person?.id !== id);
    add(others.find((person) => person && canTakeCalls(person)));
  }
  return [...substitutes.values()];
}
