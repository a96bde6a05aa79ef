import type { PersonRule } from "../decision.ts";
import type { Matter, StaffMember, StaffRole } from "../matter.ts";

/** A staff member whom the receptionist can announce by name. */
export type NamedStaffMember = StaffMember & { readonly name: string };

/** A matter and the person who takes the call for it. */
export interface StaffedMatter {
  readonly matter: Matter;
  readonly person: NamedStaffMember;
  readonly role: StaffRole;
  /** Why this person takes the call. */
  readonly rule: PersonRule;
}

/**
 * The person in the first of these roles that is filled (docs/explanation/who-is-found.md#who-takes-the-call); null when
 * no one on the matter can take the call. Users who are disabled in Clio or have no name are passed over.
 */
export function whoTakesTheCall(matter: Matter, staffRoles: readonly StaffRole[]): StaffedMatter | null {
  for (const role of staffRoles) {
    const person = matter.staff[role];
    // Null: Clio doesn't say, so the user counts as enabled.
    if (person && person.enabled !== false && hasName(person)) {
      return { matter, person, role, rule: role === staffRoles[0] ? "first_role" : "next_role" };
    }
  }
  return null;
}

function hasName(person: StaffMember): person is NamedStaffMember {
  return person.name !== null && person.name.trim() !== "";
}
