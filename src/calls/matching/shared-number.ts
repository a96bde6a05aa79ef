import type { Contact } from "../contact.ts";
import type { Matter, StaffRole } from "../matter.ts";
import { isLive, type NamedStaffMember, whichMatter } from "./which-matter.ts";

/** Clio's matters by the id of their contact; a contact that is missing was not asked about. */
export type MattersByContact = ReadonlyMap<number, readonly Matter[]>;

/** What is known of several contacts who share one whole number. */
export type SharedNumber =
  /** One of them is meant. */
  | { readonly settledOn: "contact"; readonly contact: Contact }
  /** Whoever of them it is, this person takes the call. */
  | { readonly settledOn: "person"; readonly person: NamedStaffMember; readonly role: StaffRole }
  | { readonly settledOn: null; readonly candidates: readonly Contact[] };

/**
 * Who of several with one whole number is meant, where the name did not say (issue 4). For the `candidates` of
 * `several` with `numberMatch: "phone"` alone: people who merely share four digits have nothing to do with each
 * other, and none of these rules holds for them.
 *
 * In this order: a client before another contact, one with live matters before one without, and the company before
 * the people who answer its main line. A rule that cannot tell (Clio hides the mark, matters were not asked for)
 * drops nobody. If it is still several and all lead to the same person, that is no ambiguity.
 *
 * @param withoutAreaCode ids of candidates whose number lacks its area code in Clio. They may be the caller, so that
 * they can keep a number from being settled; it is never settled on them alone, in place of those who have all of it.
 */
export function settleSharedNumber(
  candidates: readonly Contact[],
  matters: { byContact: MattersByContact; staffRoles: readonly StaffRole[]; asked: string | null } | null,
  withoutAreaCode: ReadonlySet<number> = new Set(),
): SharedNumber {
  const sorted = candidates.toSorted((one, other) => one.id - other.id);
  let left = sorted;
  left = preferring(left, (contact) => contact.isClient);
  if (matters) left = preferring(left, (contact) => matters.byContact.get(contact.id)?.some(isLive) ?? null);
  const companies = left.filter((contact) => contact.type === "Company");
  if (companies.length > 0) left = companies;

  if (left.every(({ id }) => withoutAreaCode.has(id))) return { settledOn: null, candidates: sorted };
  const [contact, ...others] = left;
  if (contact && others.length === 0) return { settledOn: "contact", contact };
  const samePerson = matters ? whoTakesTheCallForAll(left, matters) : null;
  return samePerson ? { settledOn: "person", ...samePerson } : { settledOn: null, candidates: left };
}

/** Those of whom it holds, with those of whom nobody knows; everybody when it is known to hold for none. */
function preferring(contacts: readonly Contact[], holds: (contact: Contact) => boolean | null): Contact[] {
  const preferred = contacts.some((contact) => holds(contact) === true);
  return contacts.filter((contact) => !preferred || holds(contact) !== false);
}

function whoTakesTheCallForAll(
  candidates: readonly Contact[],
  {
    byContact,
    staffRoles,
    asked,
  }: { byContact: MattersByContact; staffRoles: readonly StaffRole[]; asked: string | null },
): { person: NamedStaffMember; role: StaffRole } | null {
  const choices = candidates.map((contact) =>
    whichMatter(byContact.get(contact.id) ?? [], staffRoles, asked),
  );
  const first = choices[0]?.chosen;
  if (!first) return null;
  const same = choices.every(({ chosen, ambiguous }) => !ambiguous && chosen?.person.id === first.person.id);
  return same ? { person: first.person, role: first.role } : null;
}
