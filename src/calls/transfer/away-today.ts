import type { Absences } from "../absence.ts";
import { type AwayPerson, type NamedStaffMember, whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import type { Matter, StaffRole } from "../matter.ts";

/** Someone who usually takes calls for a record, but is away now. */
export interface AwayToday extends AwayPerson {
  /** Who takes the calls instead, depending on the matter. Empty if the receptionist takes messages. */
  readonly takenBy: readonly NamedStaffMember[];
}

/**
 * Who of the people who take calls for these matters is away, and who takes the calls instead.
 */
export function findAwayToday(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
  absences: Absences,
): AwayToday[] {
  const found = new Map<number, { away: AwayPerson; takenBy: Map<number, NamedStaffMember> }>();
  for (const matter of matters) {
    const staffed = whoTakesTheCall(matter, staffRoles, absences);
    if (!staffed?.away) continue;
    const { away, person } = staffed;
    const known = found.get(away.person.id) ?? { away, takenBy: new Map() };
    if (person) known.takenBy.set(person.id, person);
    found.set(away.person.id, known);
  }
  return [...found.values()].map(({ away, takenBy }) => ({ ...away, takenBy: [...takenBy.values()] }));
}
