import type { Directory } from "../directory/directory.ts";
import type { CallRules } from "./call-rules.ts";
import type { Contact } from "./contact.ts";
import type { CallerNumber } from "./matching/phone-number.ts";
import { resolveSharedNumber, type SharedPerson } from "./matching/shared-number.ts";
import { type WhoIsCalling, whoIsCalling, whoIsNamed } from "./matching/who-is-calling.ts";
import { isLive, type Matter } from "./matter.ts";
import { absencesOnMatters, withRelatedMatters } from "./matters-of-caller.ts";

/** What is known about a caller: the number, and what they said when asked. */
export interface CallerClues {
  readonly number: CallerNumber;
  readonly name: string | null;
  /** The matter they asked for, in their own words. */
  readonly matter: string | null;
}

/** Who is calling, with what was read on the way. */
export interface FoundCaller {
  readonly caller: WhoIsCalling;
  /** Set when several contacts share the number and the same person takes the call for each of them. */
  readonly sharedPerson: SharedPerson | null;
  /** What `mattersOfCaller` returns for contacts whose matters were read to decide between them, by contact id. */
  readonly matters: ReadonlyMap<number, readonly Matter[]>;
}

/**
 * More contacts than this behind one number are a switchboard (docs/explanation/who-is-found.md#a-switchboard): reading
 * the matters of all of them would use up Clio's rate limit for everyone else.
 */
const MAX_CONTACTS_TO_COMPARE = 10;

/**
 * Finds out who is calling, in the order of docs/explanation/who-is-found.md: by number and name; if several contacts
 * share the whole number, by what sets them apart in Clio; and if no contact has the number, by full name alone, where
 * the firm allows it. Throws as the directory does.
 */
export async function findCaller(
  directory: Directory,
  rules: Pick<CallRules, "defaultCountry" | "routeByName" | "staffRoles">,
  clues: CallerClues,
): Promise<FoundCaller> {
  const { number, name } = clues;
  const contacts = number.kind === "withheld" ? [] : await directory.contactsByNumber(number);
  const caller = whoIsCalling({ number, name, contacts, defaultCountry: rules.defaultCountry });
  switch (caller.outcome) {
    case "one":
      return withoutMatters(caller);
    case "several":
      return chooseBetweenContacts(directory, rules, clues, caller);
    default:
      return withoutMatters((await findByName(directory, rules, name)) ?? caller);
  }
}

function withoutMatters(caller: WhoIsCalling): FoundCaller {
  return { caller, sharedPerson: null, matters: new Map() };
}

async function findByName(
  directory: Directory,
  { routeByName }: Pick<CallRules, "routeByName">,
  name: string | null,
): Promise<WhoIsCalling | null> {
  if (!routeByName || name === null) return null;
  const named = whoIsNamed(name, await directory.contactsByName(name));
  return named.outcome === "one" ? named : null;
}

async function chooseBetweenContacts(
  directory: Directory,
  { staffRoles }: Pick<CallRules, "staffRoles">,
  { matter: requested }: CallerClues,
  caller: Extract<WhoIsCalling, { outcome: "several" }>,
): Promise<FoundCaller> {
  const { numberMatch, candidates, candidateCount, withoutAreaCode } = caller;
  // People who merely share four digits have nothing to do with each other.
  if (numberMatch === "last_4") return withoutMatters(caller);

  const matters = await mattersByContact(directory, candidates);
  const found = { caller, sharedPerson: null, matters: completeMatters(matters) };
  const shared = resolveSharedNumber(
    candidates,
    matters && {
      byContact: matters,
      staffRoles,
      requested,
      absences: await absencesOnMatters(directory, [...matters.values()].flat()),
    },
    withoutAreaCode,
  );
  switch (shared.resolvedTo) {
    case null:
      return { ...found, caller: { ...caller, rule: shared.rule } };
    case "person":
      return { ...found, caller: { ...caller, rule: "same_person" }, sharedPerson: shared.shared };
    case "contact": {
      const matchedOn = candidates.length < candidateCount ? "phone+name" : "phone";
      const { contact, rule } = shared;
      return { ...found, caller: { outcome: "one", contact, matchedOn, candidates, candidateCount, rule } };
    }
  }
}

/**
 * The matters of each contact, read in parallel to stay within the deadline; null for a switchboard. Related matters are
 * read only if no contact has a live matter of their own: one that has comes before them anyway.
 */
async function mattersByContact(
  directory: Directory,
  contacts: readonly Contact[],
): Promise<Map<number, Matter[]> | null> {
  if (contacts.length > MAX_CONTACTS_TO_COMPARE) return null;
  const own = await mapByContact(contacts, ({ id }) => directory.mattersOf(id));
  if ([...own.values()].some((matters) => matters.some(isLive))) return own;
  return mapByContact(contacts, ({ id }) => withRelatedMatters(directory, id, own.get(id) ?? []));
}

async function mapByContact<T>(
  contacts: readonly Contact[],
  read: (contact: Contact) => Promise<T>,
): Promise<Map<number, T>> {
  return new Map(
    await Promise.all(
      contacts.map(async (contact): Promise<[number, T]> => [contact.id, await read(contact)]),
    ),
  );
}

/** Leaves out contacts whose related matters are missing. */
function completeMatters(matters: ReadonlyMap<number, readonly Matter[]> | null) {
  const all = [...(matters ?? [])];
  const isAnyLive = all.some(([, ofContact]) => ofContact.some(isLive));
  return new Map(all.filter(([, ofContact]) => !isAnyLive || ofContact.some(isLive)));
}
