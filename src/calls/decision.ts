/**
 * Which rule decided a call, as short codes. Each names a rule of docs/explanation/who-is-found.md. They may be stored with
 * a call: add codes, but never rename or reuse one.
 */

/** How the caller was identified, or why they weren't. */
export const CALLER_RULES = [
  // One contact
  /** Only one contact has the whole number. */
  "unique_number",
  /** Only one contact's number ends in the digits that are known or stored. */
  "unique_ending",
  /** As `unique_ending`, and the name confirms it. */
  "ending_and_name",
  /** Several contacts have the number, and the name fits one of them best. */
  "name_decides",
  /** Several contacts have the number, and the name excludes all but one. */
  "name_excludes_others",
  /** Several contacts share the whole number, and one of them is a client. */
  "client_first",
  /** Several contacts share the whole number, and one of them has an open or pending matter. */
  "live_matter_first",
  /** Several contacts share the whole number, and one of them is a company. */
  "company_first",
  /** Exactly one contact has the full name (`ROUTE_BY_NAME`). */
  "name_alone",

  // No contact, but a person
  /** Several contacts share the whole number, and the same person takes the call for each of them. */
  "same_person",

  // Neither
  "withheld",
  "unknown_number",
  /** The last digits fit a contact whose name is clearly another. */
  "other_name",
  /** Several contacts' numbers end in the same digits. */
  "shared_ending",
  /** Several contacts share the whole number, and nothing sets them apart. */
  "shared_number",
  /** As `shared_number`, and the contacts that are left lack the area code in Clio. */
  "missing_area_code",
  /** So many contacts share the number that their matters weren't read. */
  "switchboard",
] as const;

export type CallerRule = (typeof CALLER_RULES)[number];

/** How the matter was chosen, or why none was. */
export const MATTER_RULES = [
  /** The caller asked for it. */
  "requested_matter",
  /** The contact has no other. */
  "only_matter",
  /** It is the only one that is open or pending. */
  "only_live_matter",
  /** The first by activity among the open ones. */
  "latest_open_matter",
  /** The first by activity among the pending ones; none is open. */
  "latest_pending_matter",
  /** The first by activity; none is open or pending. */
  "latest_closed_matter",
  /** The matters before it have no one to take the call. */
  "next_staffed_matter",
  /** The caller isn't its client but is related to it, and none of their own is open or pending. */
  "related_matter",

  // No matter
  "no_matters",
  /** No matter has anyone to take the call. */
  "no_one_on_matters",
  /** The caller asked for a matter that has no one to take the call. */
  "no_one_on_requested_matter",
] as const;

export type MatterRule = (typeof MATTER_RULES)[number];

/** How the person on the matter was chosen, or why no one was. */
export const PERSON_RULES = [
  /** The first of `STAFF_ROLES` has a person. */
  "first_role",
  /** The roles before theirs are empty, or their users can't take a call. */
  "next_role",
  /** The person who would take the call is away, and chose them. */
  "stand_in",
  /** The person who would take the call is away without a stand-in who is there, and they have the next role. */
  "next_role_present",
  /** The person who would take the call is away, and no one takes it instead. */
  "all_away",
] as const;

export type PersonRule = (typeof PERSON_RULES)[number];

/** The rules that decided a call. A part that wasn't to be decided, or that the one before left open, is null. */
export interface Decision {
  readonly caller: CallerRule | null;
  readonly matter: MatterRule | null;
  readonly person: PersonRule | null;
}
