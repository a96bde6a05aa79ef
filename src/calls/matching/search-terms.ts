import type { Contact } from "../contact.ts";
import { fullNameKeys, spokenFullNameKeys } from "./names/full-name-keys.ts";
import { isWholeNumber, normalizedNumbers } from "./normalized-numbers.ts";
import type { CountryCode } from "./phone-number.ts";

export type { CountryCode };

/**
 * The version of the search terms: texts that a contact and its callers have in common, by which a mirror finds contacts
 * without reading every one. They only narrow down; `whoIsCalling` and `whoIsNamed` decide.
 *
 * Raise it whenever the terms or the numbers in a mirror (`withNormalizedNumbers`) change, so that existing mirrors are read
 * again.
 */
export const SEARCH_TERMS_VERSION = 1;

/** The terms of a contact: each of its numbers, whole and by its last four digits, and its full names. */
export function contactTerms(contact: Contact, defaultCountry: CountryCode): string[] {
  return [
    ...normalizedNumbers(contact, defaultCountry).flatMap((number) =>
      isWholeNumber(number)
        ? [`whole ${number}`, `whole, by its end ${number.slice(-4)}`]
        : [`end ${number.slice(-4)}`],
    ),
    ...fullNameKeys(contact).map((key) => `name ${key}`),
  ];
}

/**
 * The terms of the contacts that may have a caller's number. The first finds whole numbers: that very number, or with
 * four digits every number that ends in them. The second finds numbers in Clio that aren't whole and end the same.
 */
export function numberTerms({ lastFour, e164 }: { lastFour: string; e164?: string }): [string, string] {
  return [e164 === undefined ? `whole, by its end ${lastFour}` : `whole ${e164}`, `end ${lastFour}`];
}

/** The terms of the contacts whose full name a caller may have said. */
export function nameTerms(spoken: string): string[] {
  return spokenFullNameKeys(spoken).map((key) => `name ${key}`);
}
