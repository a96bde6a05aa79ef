import type { Directory } from "../directory/directory.ts";
import type { CallRules } from "./call-rules.ts";
import type { Contact } from "./contact.ts";
import type { CallerNumber } from "./matching/phone-number.ts";
import { type SharedNumber, settleSharedNumber } from "./matching/shared-number.ts";
import { type WhoIsCalling, whoIsCalling, whoIsNamed } from "./matching/who-is-calling.ts";
import type { Matter } from "./matter.ts";

/** What is known about a caller: the number, and what they said when asked. */
export interface CallerClues {
  readonly number: CallerNumber;
  readonly name: string | null;
  /** The matter they asked for. */
  readonly matter: string | null;
}

/** Who is calling, and what was read to find out. */
export interface FoundCaller {
  readonly caller: WhoIsCalling;
  /** Set when several contacts share the number and all of them lead to this person. */
  readonly sharedPerson: Extract<SharedNumber, { settledOn: "person" }> | null;
  /** The matters that were read to tell contacts apart, by contact id. */
  readonly matters: ReadonlyMap<number, readonly Matter[]>;
}

/**
 * More contacts than this behind one number are a switchboard: asking for the matters of all of them would use up
 * Clio's rate limit for everybody else.
 */
const MAX_COMPARED = 10;

/**
 * Finds out who is calling: by number and name; if several contacts share the whole number, by what sets them apart in
 * Clio; and by full name alone if the firm allows it and the number matches nobody (docs/explanation/who-is-found.md).
 * Throws as the directory does.
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
      return only(caller);
    case "several":
      return tellApart(directory, rules, clues, caller);
    default:
      return only((await findByName(directory, rules, name)) ?? caller);
  }
}

function only(caller: WhoIsCalling): FoundCaller {
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

async function tellApart(
  directory: Directory,
  { staffRoles }: Pick<CallRules, "staffRoles">,
  { matter: asked }: CallerClues,
  caller: Extract<WhoIsCalling, { outcome: "several" }>,
): Promise<FoundCaller> {
  const { numberMatch, candidates, candidateCount, withoutAreaCode } = caller;
  // People who merely share four digits have nothing to do with each other.
  if (numberMatch === "last_4") return only(caller);

  const matters = await mattersOfAll(directory, candidates);
  const found = { caller, sharedPerson: null, matters: matters ?? new Map() };
  const shared = settleSharedNumber(
    candidates,
    matters && { byContact: matters, staffRoles, asked },
    withoutAreaCode,
  );
  switch (shared.settledOn) {
    case null:
      return found;
    case "person":
      return { ...found, sharedPerson: shared };
    case "contact": {
      const matchedOn = candidates.length < candidateCount ? "phone+name" : "phone";
      const { contact } = shared;
      return { ...found, caller: { outcome: "one", contact, matchedOn, candidates, candidateCount } };
    }
  }
}

/** The matters of each contact, read at the same time to stay within the deadline; null for a switchboard. */
async function mattersOfAll(
  directory: Directory,
  contacts: readonly Contact[],
): Promise<Map<number, Matter[]> | null> {
  if (contacts.length > MAX_COMPARED) return null;
  const read = contacts.map(
    async ({ id }): Promise<[number, Matter[]]> => [id, await directory.mattersOf(id)],
  );
  return new Map(await Promise.all(read));
}
