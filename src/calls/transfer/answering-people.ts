import { type NamedStaffMember, whoTakesTheCall } from "../matching/who-takes-the-call.ts";
import type { Matter, StaffRole } from "../matter.ts";

/** Somebody who takes calls, and the matters for which they do. */
export interface AnsweringPerson {
  readonly person: NamedStaffMember;
  /** In the first of the matters. */
  readonly role: StaffRole;
  readonly matters: readonly Matter[];
}

/** Sorts matters by the person who takes the call for each; those on which nobody can stand apart. */
export function peopleWhoAnswer(
  matters: readonly Matter[],
  staffRoles: readonly StaffRole[],
): { people: AnsweringPerson[]; unanswered: Matter[] } {
  const people = new Map<number, AnsweringPerson & { matters: Matter[] }>();
  const unanswered: Matter[] = [];
  for (const matter of matters) {
    const answers = whoTakesTheCall(matter, staffRoles);
    if (!answers) {
      unanswered.push(matter);
      continue;
    }
    const known = people.get(answers.person.id);
    if (known) known.matters.push(matter);
    else people.set(answers.person.id, { person: answers.person, role: answers.role, matters: [matter] });
  }
  return { people: [...people.values()], unanswered };
}
