import { type Absences, NOBODY_AWAY } from "../absence.ts";
import type { PersonRule } from "../decision.ts";
import type { Matter, StaffMember, StaffRole } from "../matter.ts";

/** A staff member whom the receptionist can announce by name. */
export type NamedStaffMember = StaffMember & { readonly name: string };

/** The person who would take a call, but is away. */
export interface AwayPerson {
  readonly person: NamedStaffMember;
  /** As in `Absence`. */
  readonly until: string | null;
}

/** A matter with the person who takes the call for it. */
export interface AttendedMatter {
  readonly matter: Matter;
  readonly person: NamedStaffMember;
  /** The person's role on the matter; for a stand-in, the role of the person who is away. */
  readonly role: StaffRole;
  /** Set when the person takes the call because someone else is away. */
  readonly away: AwayPerson | null;
  /** Why this person takes the call. */
  readonly rule: PersonRule;
}

/** A matter whose person is away, with no one who takes the call instead. */
export interface UnattendedMatter {
  readonly matter: Matter;
  readonly person: null;
  readonly role: null;
  readonly away: AwayPerson;
  readonly rule: PersonRule;
}

export type StaffedMatter = AttendedMatter | UnattendedMatter;

/**
 * The person in the first of these roles that is filled (docs/explanation/who-is-found.md#who-takes-the-call); null when
 * no one on the matter could ever take a call. Users who are disabled in Clio or have no name are passed over.
 *
 * If that person is away, the stand-in they chose takes the call, otherwise the next role whose person is there
 * (docs/explanation/who-is-found.md#absences).
 */
export function whoTakesTheCall(
  matter: Matter,
  staffRoles: readonly StaffRole[],
  absences: Absences = NOBODY_AWAY,
): StaffedMatter | null {
  const filled = staffRoles.flatMap((role) => {
    const person = matter.staff[role];
    return person && canTakeCalls(person) ? [{ person, role }] : [];
  });
  const [responsible, ...others] = filled;
  if (!responsible) return null;
  const absence = absences.of(responsible.person.id);
  if (!absence) {
    const rule = responsible.role === staffRoles[0] ? "first_role" : "next_role";
    return { matter, ...responsible, away: null, rule };
  }

  const away = { person: responsible.person, until: absence.until };
  const { standIn } = absence;
  if (standIn && canTakeCalls(standIn) && !absences.of(standIn.id))
    return { matter, person: standIn, role: responsible.role, away, rule: "stand_in" };
  const next = others.find(({ person }) => !absences.of(person.id));
  return next
    ? { matter, ...next, away, rule: "next_role_present" }
    : { matter, person: null, role: null, away, rule: "all_away" };
}

/** Whose call it is in the end: the person who takes it, or who is away without anyone taking it. */
export function personResponsible({ person, away }: StaffedMatter): NamedStaffMember {
  return person ?? away.person;
}

/** Whether calls can go to a user: not if they are disabled in Clio or have no name. One counts as enabled if Clio doesn't say. */
function canTakeCalls(person: StaffMember): person is NamedStaffMember {
  return person.enabled !== false && person.name !== null && person.name.trim() !== "";
}
