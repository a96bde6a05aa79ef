import type { Directory } from "../directory/directory.ts";
import type { Absences } from "./absence.ts";
import { isLive, type Matter } from "./matter.ts";

/**
 * The matters that a contact's call may be about: their own and, if none of those is live, the ones they are related to
 * (docs/explanation/who-is-found.md#related-callers). Throws as the directory does.
 */
export async function mattersOfCaller(directory: Directory, contactId: number): Promise<Matter[]> {
  return withRelatedMatters(directory, contactId, await directory.mattersOf(contactId));
}

/** Adds the matters that a contact is related to, unless one of their own is live. Throws as the directory does. */
export async function withRelatedMatters(
  directory: Directory,
  contactId: number,
  own: readonly Matter[],
): Promise<Matter[]> {
  if (own.some(isLive)) return [...own];
  const related = await directory.relatedMattersOf(contactId);
  const ownIds = new Set(own.map(({ id }) => id));
  return [...own, ...related.filter(({ id }) => !ownIds.has(id))];
}

/** Who of the people on the matters is away. Throws as the directory does. */
export function absencesOnMatters(directory: Directory, matters: readonly Matter[]): Promise<Absences> {
  const userIds = matters.flatMap(({ staff }) => Object.values(staff).flatMap((person) => person?.id ?? []));
  return directory.absencesOf([...new Set(userIds)]);
}
