import type { Contact } from "../contact.ts";
import { namesOf, namesSaid } from "./caller-name.ts";
import { type CountryCode, readClioNumber } from "./phone-number.ts";

export type { CountryCode };

/**
 * What a contact is found by without reading every other one: texts that the contact and a caller have in common. They
 * only narrow down; whether a contact is the caller is decided by `whoIsCalling` and `whoIsNamed`.
 *
 * Change what they are made of, and raise `FOUND_BY_VERSION`: mirrors are read anew.
 */
export const SEARCH_TERMS_VERSION = 1;

/** The terms of a contact: each of its numbers whole, or by its last four digits, and its full names. */
export function contactTerms(contact: Contact, defaultCountry: CountryCode): string[] {
  const numbers = contact.phoneNumbers.flatMap((typed) => readClioNumber(typed, defaultCountry));
  return [
    ...numbers.flatMap((number) =>
      "e164" in number
        ? [`whole ${number.e164}`, `whole, by its end ${number.e164.slice(-4)}`]
        : [`end ${number.ending.slice(-4)}`],
    ),
    ...namesOf(contact).map((name) => `name ${name}`),
  ];
}

/**
 * The terms of whoever may have a caller's number: with a whole number, those who have it (the first term) and those whose
 * own number is not whole and ends like it; with four digits, everybody whose number ends in them.
 */
export function numberTerms({ lastFour, e164 }: { lastFour: string; e164?: string }): [string, string] {
  return [e164 === undefined ? `whole, by its end ${lastFour}` : `whole ${e164}`, `end ${lastFour}`];
}

/** The terms of whoever may have said this name as their full one. */
export function nameTerms(spoken: string): string[] {
  return namesSaid(spoken).map((name) => `name ${name}`);
}
