import type { CountryCode } from "libphonenumber-js";
import { type NumberInText, numbersInText } from "./numbers-in-text.ts";
import { saysWithheld, spellsWithheld } from "./withheld-number.ts";

export type { CountryCode };

/** What a parameter that takes a phone number turned out to be (contract, "Reading numbers"). */
export type PhoneNumberReading =
  | { readonly kind: "whole"; readonly e164: string; readonly lastFour: string }
  | { readonly kind: "last_4"; readonly lastFour: string }
  /** The caller hides the number: an answer, not an error. */
  | { readonly kind: "withheld" }
  /** Fewer than four digits, or two different numbers: the request is at fault (400). */
  | { readonly kind: "unreadable" };

/** A number that can be looked up, or one that the caller withholds. */
export type CallerNumber = Exclude<PhoneNumberReading, { readonly kind: "unreadable" }>;

/**
 * Reads the caller's number the way a language model, a dashboard or a carrier writes it.
 *
 * A leading space is a `+` that lost its encoding (contract). Where that reading is impossible it was just a
 * space, and the number is read again without it.
 *
 * @example readPhoneNumber("the caller is +1 (415) 555-2171", "US") // whole, +14155552171
 */
export function readPhoneNumber(text: string, defaultCountry: CountryCode): PhoneNumberReading {
  if (/^\s+\d/.test(text)) {
    const withPlus = read(`+${text.trimStart()}`, defaultCountry);
    if (withPlus.kind === "whole" || withPlus.kind === "withheld") return withPlus;
  }
  return read(text, defaultCountry);
}

/**
 * Among several runs of digits the whole number is meant, else the longest run ("2171 (last 4)"). Two that are as
 * good as each other are not read at all: to choose would be a guess about who is calling.
 */
function read(text: string, defaultCountry: CountryCode): PhoneNumberReading {
  const numbers = numbersInText(text.trim(), defaultCountry);
  if (numbers.length === 0) return { kind: saysWithheld(text) ? "withheld" : "unreadable" };
  // Without the plus it can be a caller's own number: 737-874-2833 is one in Texas.
  if (numbers.some(({ digits, plus, e164 }) => spellsWithheld(digits) && (plus || e164 === null))) {
    return { kind: "withheld" };
  }

  const whole = new Set(numbers.flatMap(({ e164 }) => e164 ?? []));
  const [e164, ...otherE164] = whole;
  if (e164 !== undefined) {
    return otherE164.length > 0 ? { kind: "unreadable" } : { kind: "whole", e164, lastFour: e164.slice(-4) };
  }

  const longest = longestOf(numbers).map(({ digits }) => digits);
  const digits = longest.some((run) => run.length >= 4) ? longest : [numbers.map((n) => n.digits).join("")];
  const endings = new Set(digits.filter((run) => run.length >= 4).map((run) => run.slice(-4)));
  const [lastFour, ...otherEndings] = endings;
  if (lastFour === undefined || otherEndings.length > 0) return { kind: "unreadable" };
  return { kind: "last_4", lastFour };
}

/** A number in Clio: whole, or too short to be (or too odd), when only its end can be compared. */
export type ClioNumber =
  | { readonly e164: string; readonly extension: string | null }
  | { readonly ending: string };

/**
 * Reads a phone field of Clio, free text that can hold labels, notes and several numbers.
 *
 * Digits beside a whole number are a number of their own only when they stand alone between separators
 * (`415-555-0101 / 0102`): in `415-555-0101 (after 1730)` they are a time of day, and must not match a stranger's
 * last four. Fewer than four digits never match anybody.
 */
export function readClioNumber(typed: string, defaultCountry: CountryCode): ClioNumber[] {
  const numbers = numbersInText(typed, defaultCountry).filter(({ onlyExtension }) => !onlyExtension);
  const hasWhole = numbers.some(({ e164 }) => e164 !== null);
  const longest = longestOf(numbers);
  return numbers.flatMap((number): ClioNumber[] => {
    const { digits, e164, extension, alone } = number;
    if (e164 !== null) return [{ e164, extension }];
    if (digits.length < 4) return [];
    return alone || (!hasWhole && longest.includes(number)) ? [{ ending: digits }] : [];
  });
}

/** A staff member's number as the receptionist or a transfer rule gets it. */
export interface ShownPhoneNumber {
  readonly phoneNumber: string | null;
  readonly extension: string | null;
}

/**
 * E.164 where the number can be parsed, else as typed in Clio; the extension stands apart (contract,
 * `/responsible-staff`).
 */
export function showPhoneNumber(typed: string | null, defaultCountry: CountryCode): ShownPhoneNumber {
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
  const most = Math.max(...numbers.map(({ digits }) => digits.length));
  return numbers.filter(({ digits }) => digits.length === most);
}
