import type { Absences } from "../absence.ts";
import type { Contact } from "../contact.ts";
import type { CallerRule } from "../decision.ts";
import { isLive, type Matter, type StaffRole } from "../matter.ts";
import { whichMatter } from "./which-matter.ts";
import { type AttendedMatter, personResponsible, type UnattendedMatter } from "./who-takes-the-call.ts";

/** Matters by the id of their contact. A contact whose matters were not read is missing. */
export type MattersByContact = ReadonlyMap<number, readonly Matter[]>;

/** What is known about the candidates' matters. */
export interface CandidateMatters {
  readonly byContact: MattersByContact;
  readonly staffRoles: readonly StaffRole[];
  /** The matter that the caller asked for. */
  readonly requested: string | null;
  /** Undefined if everyone is there. */
  readonly absences?: Absences;
}

/** The person who takes the call for each of several contacts, or who is away without anyone taking it. */
export type SharedPerson =
  | Omit<AttendedMatter, "matter" | "rule">
  | Omit<UnattendedMatter, "matter" | "rule">;

/** The outcome for a whole number that several contacts share. */
export type SharedNumber =
  | { readonly resolvedTo: "contact"; readonly contact: Contact; readonly rule: CallerRule }
  /** It stays open which contact is calling, but the same person takes the call for each of them. */
  | { readonly resolvedTo: "person"; readonly shared: SharedPerson }
  | { readonly resolvedTo: null; readonly candidates: readonly Contact[]; readonly rule: CallerRule };

/**
 * Decides between contacts who share a whole number, when the name did not (docs/explanation/who-is-found.md#shared-numbers).
 * Not for contacts who merely share four digits: they have nothing to do with each other.
 *
 * A rule excludes no one when it lacks the facts: Clio hides the client mark, or matters were not read.
 * @param matters null when they were not read
 * @param withoutAreaCode ids of the candidates whose number lacks its area code in Clio. They can keep the number from
 * being resolved, but it is never resolved to them in place of contacts who have all of it.
 */
export function resolveSharedNumber(
  candidates: readonly Contact[],
  matters: CandidateMatters | null,
  withoutAreaCode: ReadonlySet<number> = new Set(),
): SharedNumber {
  const sorted = candidates.toSorted((one, other) => one.id - other.id);
  // The name left these candidates. If it left only one, no other rule is needed.
  let left: readonly Contact[] = sorted;
  let rule: CallerRule = "name_excludes_others";
  function narrow(by: CallerRule, preferred: readonly Contact[]): void {
    if (preferred.length < left.length) rule = by;
    left = preferred;
  }
  narrow(
    "client_first",
    prefer(left, (contact) => contact.isClient),
  );
  if (matters) {
    const hasLiveMatter = ({ id }: Contact) => matters.byContact.get(id)?.some(isLive) ?? null;
    narrow("live_matter_first", prefer(left, hasLiveMatter));
  }
  const companies = left.filter((contact) => contact.type === "Company");
  if (companies.length > 0) narrow("company_first", companies);

  if (left.every(({ id }) => withoutAreaCode.has(id)))
    return { resolvedTo: null, candidates: sorted, rule: "missing_area_code" };
  const [contact, ...others] = left;
  if (contact && others.length === 0) return { resolvedTo: "contact", contact, rule };
  const shared = matters ? personForAll(left, matters) : null;
  return shared
    ? { resolvedTo: "person", shared }
    : { resolvedTo: null, candidates: left, rule: matters ? "shared_number" : "switchboard" };
}

/** The contacts that have the property or may have it (null); all of them when none is known to have it. */
function prefer(contacts: readonly Contact[], hasProperty: (contact: Contact) => boolean | null): Contact[] {
  const isKnownOfOne = contacts.some((contact) => hasProperty(contact) === true);
  return contacts.filter((contact) => !isKnownOfOne || hasProperty(contact) !== false);
}

/** The person who takes the call for each of the candidates, if it is the same one without any ambiguity. */
function personForAll(
  candidates: readonly Contact[],
  { byContact, staffRoles, requested, absences }: CandidateMatters,
): SharedPerson | null {
  const choices = candidates.map(({ id }) =>
    whichMatter(byContact.get(id) ?? [], staffRoles, requested, absences),
  );
  const first = choices[0]?.chosen;
  if (!first) return null;
  const isSame = choices.every(
    ({ chosen, ambiguous }) =>
      !ambiguous && chosen !== null && personResponsible(chosen).id === personResponsible(first).id,
  );
  if (!isSame) return null;
  if (first.person === null) return { person: null, role: null, away: first.away };
  // One person may be there for a matter of their own and stand in for someone else on another.
  const isSameAway = choices.every(({ chosen }) => chosen?.away?.person.id === first.away?.person.id);
  return { person: first.person, role: first.role, away: isSameAway ? first.away : null };
}
