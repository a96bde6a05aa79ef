import type { Contact } from "../contact.ts";
import { isWholeNumber, normalizedNumbers } from "./normalized-numbers.ts";
import { asciiDigits } from "./numbers-in-text.ts";
import type { CallerNumber, CountryCode } from "./phone-number.ts";

/** How much of the caller's number the contacts have: all of it, or its last digits. */
export type NumberMatch = "phone" | "last_4";

/** The contacts that have the caller's number. */
export interface ContactsWithNumber {
  /** By id. */
  readonly candidates: readonly Contact[];
  readonly numberMatch: NumberMatch;
  /** Ids of the candidates that have the number without its area code, beside others that have all of it. */
  readonly withoutAreaCode: ReadonlySet<number>;
}

const NO_IDS: ReadonlySet<number> = new Set();

/**
 * Finds the contacts with the caller's number (docs/explanation/who-is-found.md#numbers). A whole number takes
 * precedence: numbers in Clio that are too short to be whole count only when no contact has the whole one.
 *
 * The exception is a number that lacks only the area code, beside a contact with the whole number
 * (docs/explanation/who-is-found.md#a-local-number-beside-a-whole-one): both contacts are candidates.
 * @param contacts any contacts, in any order; only those whose own numbers match are returned
 */
export function contactsWithNumber(
  caller: Exclude<CallerNumber, { readonly kind: "withheld" }>,
  contacts: readonly Contact[],
  defaultCountry: CountryCode,
): ContactsWithNumber {
  const withNumbers = uniqueById(contacts).map((contact) => ({
    contact,
    numbers: normalizedNumbers(contact, defaultCountry, (typed) => containsDigits(typed, caller.lastFour)),
  }));
  const contactsWhere = (matches: (number: string) => boolean) =>
    withNumbers.filter(({ numbers }) => numbers.some(matches)).map(({ contact }) => contact);

  if (caller.kind === "last_4") {
    const candidates = contactsWhere((number) => number.endsWith(caller.lastFour));
    return { candidates, numberMatch: "last_4", withoutAreaCode: NO_IDS };
  }
  const whole = contactsWhere((number) => number === caller.e164);
  if (whole.length === 0) {
    const candidates = contactsWhere((number) => !isWholeNumber(number) && caller.e164.endsWith(number));
    return { candidates, numberMatch: "last_4", withoutAreaCode: NO_IDS };
  }
  const local = contactsWhere((number) => isLocalForm(number, caller.e164)).filter(
    (contact) => !whole.includes(contact),
  );
  return {
    candidates: uniqueById([...whole, ...local]),
    numberMatch: "phone",
    withoutAreaCode: new Set(local.map(({ id }) => id)),
  };
}

/** Each contact once, by id, so that the order and the repetitions in Clio's results change nothing. */
export function uniqueById(contacts: readonly Contact[]): Contact[] {
  const byId = new Map(contacts.map((contact) => [contact.id, contact]));
  return Array.from(byId.values()).toSorted((one, other) => one.id - other.id);
}

/** As many digits as a number has without its area code: `555-2171`. */
const LOCAL_NUMBER_DIGITS = 7;

function isLocalForm(number: string, e164: string): boolean {
  return !isWholeNumber(number) && number.length >= LOCAL_NUMBER_DIGITS && e164.endsWith(number);
}

/** Every matching number contains the caller's last four digits. Parsing the others would only cost time. */
function containsDigits(typed: string, lastFour: string): boolean {
  return asciiDigits(typed).replace(/\D/g, "").includes(lastFour);
}
