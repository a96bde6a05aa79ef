import type { Contact } from "../contact.ts";
import { compareNameFits, isFullName, type NameFit, nameFit } from "./caller-name.ts";
import { asciiDigits } from "./numbers-in-text.ts";
import { type CallerNumber, type ClioNumber, type CountryCode, readClioNumber } from "./phone-number.ts";

/** What a contact was matched on, in the contract's spelling. */
export type MatchedOn = "phone" | "last_4" | "phone+name" | "last_4+name" | "name";

/** How much of the caller's number the candidates have: all of it, or its end. */
export type NumberMatch = "phone" | "last_4";

export type WhoIsCalling =
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
      /** Those that the name leaves, by id: all with the number when it leaves none. */
      readonly candidates: readonly Contact[];
      /** How many contacts have the number, whatever the name leaves. */
      readonly candidateCount: number;
      /** Ids of those who, beside others with the whole number, have all of it but the area code. */
      readonly withoutAreaCode: ReadonlySet<number>;
    }
  /**
   * Only four digits fit, and the name is clearly another's. No candidate counts as one: that a client's number
   * ends like this is nothing to tell a stranger.
   */
  | { readonly outcome: "other_name"; readonly candidates: readonly []; readonly candidateCount: 0 }
  | { readonly outcome: "none"; readonly candidates: readonly []; readonly candidateCount: 0 }
  | { readonly outcome: "withheld"; readonly candidates: readonly []; readonly candidateCount: 0 };

export interface CallerAndContacts {
  /** An unreadable number never gets here: the request was at fault. */
  readonly number: CallerNumber;
  /** What the caller said when asked; null or blank when nobody asked. */
  readonly name: string | null;
  /** May hold anybody, in any order: only the contacts whose own numbers match count. */
  readonly contacts: readonly Contact[];
  readonly defaultCountry: CountryCode;
}

/**
 * Who is calling, by number and then by name (contract, "Matching" and `/lookup-contact`). Never a guess: what
 * these rules do not settle stays open, and the receptionist asks.
 */
export function whoIsCalling({ number, name, contacts, defaultCountry }: CallerAndContacts): WhoIsCalling {
  if (number.kind === "withheld") return nobody("withheld");
  const known = contactsWithNumber(number, contacts, defaultCountry);
  const { candidates, numberMatch, withoutAreaCode } = known;
  const saidName = name?.trim() || null;
  const [first, ...rest] = candidates;
  if (first === undefined) return nobody("none");

  // A whole number that is one contact's alone stands, whatever was heard as the name.
  if (rest.length === 0 && (numberMatch === "phone" || saidName === null)) {
    return found(first, numberMatch, candidates);
  }
  if (saidName === null) {
    return {
      outcome: "several",
      numberMatch,
      candidates,
      candidateCount: candidates.length,
      withoutAreaCode,
    };
  }
  return byName(saidName, known);
}

/**
 * Who is calling from a withheld or unknown number, by nothing but the full name (contract, `ROUTE_BY_NAME`):
 * exactly one contact has it, first and last. A first name, a near miss and a namesake find nobody, and how many
 * namesakes there are is not told.
 */
export function whoIsNamed(name: string, contacts: readonly Contact[]): WhoIsCalling {
  const namesakes = eachOnceById(contacts).filter((contact) => isFullName(name, contact));
  const [contact, ...others] = namesakes;
  return contact && others.length === 0 ? found(contact, "name", namesakes) : nobody("none");
}

interface ContactsWithNumber {
  readonly candidates: readonly Contact[];
  readonly numberMatch: NumberMatch;
  readonly withoutAreaCode: ReadonlySet<number>;
}

type KnownNumber = Exclude<CallerNumber, { readonly kind: "withheld" }>;

/**
 * The contacts with the caller's number, by id. A whole number counts above everything: only where no contact has
 * it do the numbers in Clio count that are too short to be whole, by their end and like last four digits.
 *
 * With one exception: a number that lacks nothing but the area code (`555-2171`) beside somebody's whole one. They
 * are nearly always one telephone (a household, a main line), and either can be calling; that two unrelated numbers
 * agree in seven digits is a chance of less than one in a million. So whoever has it counts among those who share the
 * number, but no rule settles on them: only their name does (`settleSharedNumber`). Without this, `npm run
 * bench:accuracy` sent 9 of 4,000 callers to the person of somebody they share a telephone with.
 */
function contactsWithNumber(
  caller: KnownNumber,
  contacts: readonly Contact[],
  defaultCountry: CountryCode,
): ContactsWithNumber {
  const read = eachOnceById(contacts).map((contact) => ({
    contact,
    numbers: contact.phoneNumbers
      .filter((typed) => holdsDigits(typed, caller.lastFour))
      .flatMap((typed) => readClioNumber(typed, defaultCountry)),
  }));
  const having = (holds: (number: ClioNumber) => boolean) =>
    read.filter(({ numbers }) => numbers.some(holds)).map(({ contact }) => contact);
  const nobody: ReadonlySet<number> = new Set();
  if (caller.kind === "last_4") {
    const candidates = having((number) =>
      ("e164" in number ? number.e164 : number.ending).endsWith(caller.lastFour),
    );
    return { candidates, numberMatch: "last_4", withoutAreaCode: nobody };
  }
  const whole = having((number) => "e164" in number && number.e164 === caller.e164);
  const byEnding = having((number) => "ending" in number && caller.e164.endsWith(number.ending));
  if (whole.length === 0) return { candidates: byEnding, numberMatch: "last_4", withoutAreaCode: nobody };
  const local = having((number) => isLocalEnd(number, caller.e164)).filter(
    (contact) => !whole.includes(contact),
  );
  return {
    candidates: eachOnceById([...whole, ...local]),
    numberMatch: "phone",
    withoutAreaCode: new Set(local.map(({ id }) => id)),
  };
}

/** All of a number but its area code, as people type the numbers of their own town: `555-2171`. */
const LOCAL_DIGITS = 7;

function isLocalEnd(number: ClioNumber, e164: string): boolean {
  return "ending" in number && number.ending.length >= LOCAL_DIGITS && e164.endsWith(number.ending);
}

/** Whatever matches ends in the caller's last four; to parse the rest of a firm's numbers would only cost time. */
function holdsDigits(typed: string, lastFour: string): boolean {
  return asciiDigits(typed).replace(/\D/g, "").includes(lastFour);
}

function byName(
  name: string,
  { candidates, numberMatch, withoutAreaCode }: ContactsWithNumber,
): WhoIsCalling {
  const ranked = candidates
    .map((contact) => ({ contact, fit: nameFit(name, contact) }))
    .toSorted((one, other) => compareNameFits(one.fit, other.fit));
  const [best, next] = ranked;
  if (best === undefined) return nobody("none");

  if (numberMatch === "last_4") {
    if (best.fit === "other") return nobody("other_name");
    // Four digits and nobody else: a name that says too little neither confirms the contact nor rules it out.
    if (next === undefined && !saysBothNames(best.fit)) return found(best.contact, "last_4", candidates);
  }
  const matched = withoutAreaCode.has(best.contact.id) ? "last_4" : numberMatch;
  if (settles(best.fit, next?.fit ?? "other", matched)) {
    return found(best.contact, `${matched}+name`, candidates);
  }
  return {
    outcome: "several",
    numberMatch,
    candidates: eachOnceById(
      ranked.filter(({ fit }) => remains(fit, best.fit)).map(({ contact }) => contact),
    ),
    candidateCount: candidates.length,
    withoutAreaCode,
  };
}

/**
 * Whether the best fit settles who of several it is. First and last name do, heard exactly or nearly, when nobody
 * fits as well. One name alone does among those who share a whole number (`Jane` in a household), when it is
 * clearly nobody else's; among strangers who merely share four digits there may be any number of Janes.
 */
function settles(best: NameFit, next: NameFit, numberMatch: NumberMatch): boolean {
  if (saysBothNames(best)) return compareNameFits(best, next) < 0;
  return best === "partial" && numberMatch === "phone" && next === "other";
}

function saysBothNames(fit: NameFit): boolean {
  return fit === "full" || fit === "close";
}

/** Who is still meant when the name did not settle it: those it fits as well as anybody, or may fit. */
function remains(fit: NameFit, best: NameFit): boolean {
  if (saysBothNames(best)) return fit === best;
  return best === "other" || fit !== "other";
}

function found(contact: Contact, matchedOn: MatchedOn, candidates: readonly Contact[]): WhoIsCalling {
  return { outcome: "one", contact, matchedOn, candidates, candidateCount: candidates.length };
}

function nobody(outcome: "none" | "other_name" | "withheld"): WhoIsCalling {
  return { outcome, candidates: [], candidateCount: 0 };
}

/** By id, so that the order in which Clio lists contacts, or lists one twice, changes nothing. */
function eachOnceById(contacts: readonly Contact[]): Contact[] {
  const byId = new Map(contacts.map((contact) => [contact.id, contact]));
  return Array.from(byId.values()).toSorted((one, other) => one.id - other.id);
}
