import { type NamedStaffMember, whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import type { Matter, StaffRole } from "../matter.ts";

/** A person who takes calls, with the matters for which they do so. */
export interface CallTaker {
  readonly person: NamedStaffMember;
  /** Their role on the first of the matters. */
  readonly role: StaffRole;
  readonly matters: readonly Matter[];
}

/**
 * Groups matters by the person who takes their calls.
 * @returns `unassigned`: the matters on which no one can take a call
 */
export function groupByCallTaker(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
): { callTakers: CallTaker[]; unassigned: Matter[] } {
  const callTakers = new Map<number, CallTaker & { matters: Matter[] }>();
  const unassigned: Matter[] = [];
  for (const matter of matters) {
    const answers = whoTakesTheCall(matter, staffRoles);
    if (!answers?.person) {
      unassigned.push(matter);
      continue;
    }
    const { person, role } = answers;
    const known = callTakers.get(person.id);
    if (known) known.matters.push(matter);
    else callTakers.set(person.id, { person, role, matters: [matter] });
  }
  return { callTakers: [...callTakers.values()], unassigned };
}
