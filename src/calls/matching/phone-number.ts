import type { CountryCode } from "libphonenumber-js";
import { type NumberInText, numbersInText } from "./numbers-in-text.ts";
import { isWithheldOnKeypad, isWithheldText } from "./withheld-number.ts";

export type { CountryCode };

/** What a phone number parameter contains (docs/reference/endpoints.md#reading-phone-numbers). */
export type PhoneNumberReading =
  | { readonly kind: "whole"; readonly e164: string; readonly lastFour: string }
  | { readonly kind: "last_4"; readonly lastFour: string }
  /** The caller hides the number, which is not an error. */
  | { readonly kind: "withheld" }
  /** Fewer than four digits, or two different numbers. */
  | { readonly kind: "unreadable" };

/** A number that can be looked up, or a withheld one. */
export type CallerNumber = Exclude<PhoneNumberReading, { readonly kind: "unreadable" }>;

/** Ten digits after +1, the first of which is no trunk prefix, in every country. The plus may be a space, as below. */
const NORTH_AMERICAN_E164 = /^[+ ]1[2-9]\d{9}$/;

/**
 * Reads the caller's number as a language model, a dashboard or a carrier writes it.
 *
 * A leading space is read as a `+` that was not percent-encoded, unless that gives no possible number.
 *
 * @example readPhoneNumber("the caller is +1 (415) 555-2171", "US") // whole, +14155552171
 */
export function readPhoneNumber(text: string, defaultCountry: CountryCode): PhoneNumberReading {
  // Nearly every caller ID looks like this, and is read to the same result a hundred times faster.
  if (NORTH_AMERICAN_E164.test(text)) return whole(`+${text.slice(1)}`);
  if (/^\s+\d/.test(text)) {
    const withPlus = read(`+${text.trimStart()}`, defaultCountry);
    if (withPlus.kind === "whole" || withPlus.kind === "withheld") return withPlus;
  }
  return read(text, defaultCountry);
}

/**
 * Of several runs of digits, takes the whole number, otherwise the longest run ("2171 (last 4)"). Two different numbers
 * of the same quality are unreadable: choosing one would be a guess about who is calling.
 */
function read(text: string, defaultCountry: CountryCode): PhoneNumberReading {
  const numbers = numbersInText(text.trim(), defaultCountry);
  if (numbers.length === 0) return { kind: isWithheldText(text) ? "withheld" : "unreadable" };
  // Without the plus it can be a real number: 737-874-2833 is one in Texas.
  if (numbers.some(({ digits, plus, e164 }) => isWithheldOnKeypad(digits) && (plus || e164 === null))) {
    return { kind: "withheld" };
  }

  const [e164, ...otherE164] = new Set(numbers.flatMap(({ e164 }) => e164 ?? []));
  if (e164 !== undefined) return otherE164.length > 0 ? { kind: "unreadable" } : whole(e164);

  const longest = longestOf(numbers).map(({ digits }) => digits);
  const digits = longest.some((run) => run.length >= 4) ? longest : [numbers.map((n) => n.digits).join("")];
  const endings = new Set(digits.filter((run) => run.length >= 4).map((run) => run.slice(-4)));
  const [lastFour, ...otherEndings] = endings;
  if (lastFour === undefined || otherEndings.length > 0) return { kind: "unreadable" };
  return { kind: "last_4", lastFour };
}

function whole(e164: string): PhoneNumberReading {
  return { kind: "whole", e164, lastFour: e164.slice(-4) };
}

/** A number in Clio. When it is too short or too odd to be whole, only its last digits can be compared. */
export type ClioNumber =
  | { readonly e164: string; readonly extension: string | null }
  | { readonly ending: string };

/**
 * Reads a phone field of Clio, which is free text with labels, notes and several numbers
 * (docs/explanation/who-is-found.md#phone-fields-in-clio).
 *
 * Digits beside a whole number are a number of their own only if they stand alone between separators
 * (`415-555-0101 / 0102`). In `415-555-0101 (after 1730)` they are a time of day and must not match a stranger's last
 * four.
 */
export function readClioPhoneField(typed: string, defaultCountry: CountryCode): ClioNumber[] {
  const numbers = numbersInText(typed, defaultCountry).filter(({ isBareExtension }) => !isBareExtension);
  const hasWhole = numbers.some(({ e164 }) => e164 !== null);
  const longest = longestOf(numbers);
  return numbers.flatMap((number): ClioNumber[] => {
    const { digits, e164, extension, isAlone } = number;
    if (e164 !== null) return [{ e164, extension }];
    if (digits.length < 4) return [];
    return isAlone || (!hasWhole && longest.includes(number)) ? [{ ending: digits }] : [];
  });
}

/** A staff member's number as the receptionist or a transfer rule gets it. */
export interface FormattedPhoneNumber {
  /** E.164 when the number can be parsed, otherwise as typed in Clio. */
  readonly phoneNumber: string | null;
  readonly extension: string | null;
}

/** Formats a staff member's number, with the extension separate (docs/reference/endpoints.md#get-responsible-staff). */
export function formatPhoneNumber(typed: string | null, defaultCountry: CountryCode): FormattedPhoneNumber {
  const asTyped = typed?.trim() || null;
  if (asTyped === null) return { phoneNumber: null, extension: null };
  const numbers = numbersInText(asTyped, defaultCountry);
  const whole = numbers.find(({ e164 }) => e164 !== null);
  if (whole) return { phoneNumber: whole.e164, extension: whole.extension };
  const [only, ...others] = numbers;
  if (only?.extension && others.length === 0) return { phoneNumber: only.typed, extension: only.extension };
  return { phoneNumber: asTyped, extension: null };
}

function longestOf(numbers: readonly NumberInText[]): NumberInText[] {
  const maxLength = Math.max(...numbers.map(({ digits }) => digits.length));
  return numbers.filter(({ digits }) => digits.length === maxLength);
}
