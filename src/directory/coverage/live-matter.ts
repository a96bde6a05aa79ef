import { isLive, type Matter, STAFF_ROLES, type StaffMember, type StaffRole } from "../../calls/matter.ts";

/** What transfer rules need of an open or pending matter: no client and no description. The people on it are kept apart. */
export interface LiveMatter {
  readonly id: number;
  readonly displayNumber: string | null;
  readonly status: Matter["status"];
  /** User IDs. A role without a person is absent. */
  readonly staff: Readonly<Partial<Record<StaffRole, number>>>;
}

/** The people on matters, by user ID. */
export type People = ReadonlyMap<number, StaffMember>;

/**
 * Reduces a matter to what transfer rules need.
 * @param people receives the people on the matter
 * @returns null if the matter isn't open or pending
 */
export function toLiveMatter(matter: Matter, people: Map<number, StaffMember>): LiveMatter | null {
  if (!isLive(matter)) return null;
  const staff: Partial<Record<StaffRole, number>> = {};
  for (const role of STAFF_ROLES) {
    const person = matter.staff[role];
    if (!person) continue;
    staff[role] = person.id;
    people.set(person.id, person);
  }
  return { id: matter.id, displayNumber: matter.displayNumber, status: matter.status, staff };
}

/** @param personOf the current record of a user; undefined if it is unknown */
export function toMatter(
  { id, displayNumber, status, staff }: LiveMatter,
  personOf: (userId: number) => StaffMember | undefined,
): Matter {
  const people: Partial<Record<StaffRole, StaffMember>> = {};
  for (const role of STAFF_ROLES) {
    const userId = staff[role];
    const person = userId === undefined ? undefined : personOf(userId);
    if (person) people[role] = person;
  }
  return {
    id,
    displayNumber,
    status,
    staff: people,
    description: null,
    lastActivityDate: null,
    updatedAt: null,
  };
}
