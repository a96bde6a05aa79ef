import type { Contact } from "../contact.ts";
import { type CountryCode, readClioPhoneField } from "./phone-number.ts";

/**
 * A contact's phone numbers in a form that can be compared: E.164 for a whole number, otherwise the digits that are there.
 * @param fields which of the contact's phone fields to read, if they weren't read beforehand
 * @example normalizedNumbers(contact, "US") // ["+14155552171", "0172"]
 */
export function normalizedNumbers(
  contact: Contact,
  defaultCountry: CountryCode,
  fields: (typed: string) => boolean = () => true,
): readonly string[] {
  return (
    contact.normalizedNumbers ??
    contact.phoneNumbers
      .filter(fields)
      .flatMap((typed) => readClioPhoneField(typed, defaultCountry))
      .map((number) => ("e164" in number ? number.e164 : number.ending))
  );
}

/** The contact with its numbers read beforehand, because reading them takes longer than everything else that a call compares. */
export function withNormalizedNumbers(contact: Contact, defaultCountry: CountryCode): Contact {
  return { ...contact, normalizedNumbers: normalizedNumbers(contact, defaultCountry) };
}

/** Whether a normalized number is a whole one. */
export function isWholeNumber(normalized: string): boolean {
  return normalized.startsWith("+");
}
