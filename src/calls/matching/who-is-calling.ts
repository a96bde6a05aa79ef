import type { Contact } from "../contact.ts";
import type { CallerRule } from "../decision.ts";
import {
  type ContactsWithNumber,
  contactsWithNumber,
  type NumberMatch,
  uniqueById,
} from "./contacts-with-number.ts";
import { isFullName, nameFit } from "./names/caller-name.ts";
import { compareNameFits, type NameFit } from "./names/name-fit.ts";
import type { CallerNumber, CountryCode } from "./phone-number.ts";

/** What a contact was matched on, as `matched_on` spells it (docs/reference/endpoints.md#get-lookup-contact). */
export type MatchedOn = "phone" | "last_4" | "phone+name" | "last_4+name" | "name";

export type WhoIsCalling = {
  /** The rule that identified the caller, or why none did. */
  readonly rule: CallerRule;
} & (
  | {
      readonly outcome: "one";
      readonly contact: Contact;
      readonly matchedOn: MatchedOn;
      /** The contacts with the number, this one among them, by id. */
      readonly candidates: readonly Contact[];
      readonly candidateCount: number;
    }
  | {
      readonly outcome: "several";
      readonly numberMatch: NumberMatch;
      /** Those that the name does not exclude, by id; all with the number when it excludes every one of them. */
      readonly candidates: readonly Contact[];
      /** How many contacts have the number, including those that the name excludes. */
      readonly candidateCount: number;
      /** Ids of the candidates that have the number without its area code, beside others that have all of it. */
      readonly withoutAreaCode: ReadonlySet<number>;
    }
  /**
   * Only four digits match, and the name is clearly another's. The count is 0 because a stranger must not learn that a
   * client's number ends in these digits.
   */
  | { readonly outcome: "other_name"; readonly candidates: readonly []; readonly candidateCount: 0 }
  | { readonly outcome: "none"; readonly candidates: readonly []; readonly candidateCount: 0 }
  | { readonly outcome: "withheld"; readonly candidates: readonly []; readonly candidateCount: 0 }
);

export interface CallerAndContacts {
  readonly number: CallerNumber;
  /** What the caller said when asked for a name; null or blank when there is none. */
  readonly name: string | null;
  /** Any contacts, in any order: only those whose own numbers match count. */
  readonly contacts: readonly Contact[];
  readonly defaultCountry: CountryCode;
}

/**
 * Decides who is calling, by number and then by name (docs/explanation/who-is-found.md). Never a guess: what these
 * rules don't decide stays open, and the receptionist asks.
 */
export function whoIsCalling({ number, name, contacts, defaultCountry }: CallerAndContacts): WhoIsCalling {
  if (number.kind === "withheld") return notFound("withheld");
  const matches = contactsWithNumber(number, contacts, defaultCountry);
  const { candidates, numberMatch, withoutAreaCode } = matches;
  const spokenName = name?.trim() || null;
  const [first, ...others] = candidates;
  if (first === undefined) return notFound("none");

  // A whole number that only one contact has identifies the caller, even if the name was misunderstood.
  if (others.length === 0 && (numberMatch === "phone" || spokenName === null)) {
    return found(first, numberMatch, candidates, uniqueRule(numberMatch));
  }
  if (spokenName === null) {
    const candidateCount = candidates.length;
    const rule = sharedRule(numberMatch);
    return { outcome: "several", numberMatch, candidates, candidateCount, withoutAreaCode, rule };
  }
  return decideByName(spokenName, matches);
}

/**
 * Decides who is calling from a withheld or unknown number, by the full name alone
 * (docs/explanation/who-is-found.md#by-name-alone). Exactly one contact has to have the name. The result does not say
 * how many share it.
 */
export function whoIsNamed(name: string, contacts: readonly Contact[]): WhoIsCalling {
  const namesakes = uniqueById(contacts).filter((contact) => isFullName(name, contact));
  const [contact, ...others] = namesakes;
  return contact && others.length === 0 ? found(contact, "name", namesakes, "name_alone") : notFound("none");
}

/** docs/explanation/who-is-found.md#when-a-name-decides */
function decideByName(
  name: string,
  { candidates, numberMatch, withoutAreaCode }: ContactsWithNumber,
): WhoIsCalling {
  const ranked = candidates
    .map((contact) => ({ contact, fit: nameFit(name, contact) }))
    .toSorted((one, other) => compareNameFits(one.fit, other.fit));
  const [best, next] = ranked;
  if (best === undefined) return notFound("none");

  if (numberMatch === "last_4") {
    if (best.fit === "other") return notFound("other_name");
    // A name that says too little neither confirms the only contact with these digits nor excludes it.
    if (next === undefined && !hasBothNames(best.fit)) {
      return found(best.contact, "last_4", candidates, "unique_ending");
    }
  }
  const matched = withoutAreaCode.has(best.contact.id) ? "last_4" : numberMatch;
  if (nameDecides(best.fit, next?.fit ?? "other", matched)) {
    const rule = next === undefined ? "ending_and_name" : "name_decides";
    return found(best.contact, `${matched}+name`, candidates, rule);
  }
  const notExcluded = ranked.filter(({ fit }) => mayBeCaller(fit, best.fit));
  return {
    outcome: "several",
    numberMatch,
    candidates: uniqueById(notExcluded.map(({ contact }) => contact)),
    candidateCount: candidates.length,
    withoutAreaCode,
    rule: sharedRule(numberMatch),
  };
}

/**
 * First and last name decide, even if misheard, when no other contact fits as well. One name alone decides only among
 * contacts who share a whole number (`Jane` in a household) and only if all others are clearly someone else: among
 * strangers who share four digits there may be any number of Janes.
 */
function nameDecides(best: NameFit, next: NameFit, numberMatch: NumberMatch): boolean {
  if (hasBothNames(best)) return compareNameFits(best, next) < 0;
  return best === "partial" && numberMatch === "phone" && next === "other";
}

function hasBothNames(fit: NameFit): boolean {
  return fit === "full" || fit === "close";
}

/** Whether a contact stays a candidate when the name did not decide. A name that excludes everyone is set aside. */
function mayBeCaller(fit: NameFit, best: NameFit): boolean {
  if (hasBothNames(best)) return fit === best;
  return best === "other" || fit !== "other";
}

function uniqueRule(numberMatch: NumberMatch): CallerRule {
  return numberMatch === "phone" ? "unique_number" : "unique_ending";
}

function sharedRule(numberMatch: NumberMatch): CallerRule {
  return numberMatch === "phone" ? "shared_number" : "shared_ending";
}

function found(
  contact: Contact,
  matchedOn: MatchedOn,
  candidates: readonly Contact[],
  rule: CallerRule,
): WhoIsCalling {
  return { outcome: "one", contact, matchedOn, candidates, candidateCount: candidates.length, rule };
}

function notFound(outcome: "none" | "other_name" | "withheld"): WhoIsCalling {
  const rule = outcome === "none" ? "unknown_number" : outcome;
  return { outcome, candidates: [], candidateCount: 0, rule };
}
