import { type CountryCode, getCountryCallingCode, parsePhoneNumberFromString } from "libphonenumber-js";

/** A run of digits in a text that may be a phone number or part of one. */
export interface NumberInText {
  /** ASCII digits as written, without the extension. */
  readonly digits: string;
  readonly plus: boolean;
  /** Null when the number isn't whole. */
  readonly e164: string | null;
  readonly extension: string | null;
  /** The number as it was typed, without the extension. */
  readonly typed: string;
  /** `x204` without a number before it. */
  readonly isBareExtension: boolean;
  /** Its segment holds nothing else but punctuation: no words, no other number. */
  readonly isAlone: boolean;
}

/** In characters: longer than any phone field, and the limit of libphonenumber itself. */
const MAX_TEXT_LENGTH = 250;

/** Ten digits, the first of which is no trunk prefix, with or without the country code. */
const NORTH_AMERICAN = /^1?([2-9]\d{9})$/;

/** At most 15 digits by E.164; the shortest numbers of the smallest countries have five with the country code. */
const E164 = /^\+\d{5,15}$/;

/**
 * Separates two numbers in one field: `415-555-0101 / 0102`, `… or …`. A comma or semicolon before an extension
 * (`, ext. 204`, `;ext=204`) separates nothing.
 */
const SEPARATOR = /[,;](?!\s*(?:ext|x\W*\d))|[/|&\n]|\b(?:or|and)\b/giu;

/**
 * Digits with any punctuation between them, and the extension after them. A letter ends the run, and so do a `+` (the
 * next number begins), a colon (`Mobile 2: 415 …`) and a star (`*67 415 …`).
 */
const DIGIT_RUN =
  /(?<plus>\+[^\p{L}\d+]*)?(?<number>\d(?:[^\p{L}\d+:*@=#]*\d)*)(?:[^\p{L}\d+]*?(?:\b|(?<=\d))(?:ext(?:ension|n)?|x|poste|#)[\s.:=#]*(?<extension>\d{1,7})(?!\d))?/giu;

/**
 * Finds every phone number in a text that a person, a dashboard or a language model wrote, in order
 * (docs/explanation/who-is-found.md#phone-fields-in-clio).
 *
 * Segments between separators are read one by one: `555-0101 / 0102` is two numbers. Some separators are punctuation
 * within one number, though (`415/555-0101`, `4,155,552,171`). When no segment is whole, and all digits together are,
 * they are one number, unless a part before the last is long enough to be a number itself.
 */
export function numbersInText(text: string, defaultCountry: CountryCode): NumberInText[] {
  const readable = asciiDigits(text.slice(0, MAX_TEXT_LENGTH)).replace(/,{2,}\s*(?=\d{1,7}\s*$)/, " x");
  const numbers = readable.split(SEPARATOR).flatMap((segment) => runsIn(segment, defaultCountry));
  if (numbers.length > 1 && numbers.every((number) => number.e164 === null)) {
    const joined = runsIn(readable.replace(/[,/]/g, " "), defaultCountry);
    const [only] = joined;
    if (joined.length === 1 && only?.e164 && arePartsOfOneNumber(numbers)) return [only];
  }
  return numbers;
}

/** The number in E.164; null when these digits aren't a possible phone number. */
function toE164(digits: string, plus: boolean, defaultCountry: CountryCode): string | null {
  // Four digits are the last four, even where a country has numbers that short.
  if (!plus && digits.length === 4) return null;
  const northAmerican = northAmericanNumber(digits, plus, defaultCountry);
  if (northAmerican !== null) return northAmerican;
  const readings = plus ? [`+${digits}`] : [digits];
  // Both international prefixes are accepted in every country: people type the one they grew up with.
  if (!plus && /^(?:00|011)/.test(digits)) readings.push(digits.replace(/^(?:00|011)/, "+"));
  for (const reading of readings) {
    const parsed = parsePhoneNumberFromString(reading, { defaultCountry, extract: false });
    if (parsed?.isPossible() && E164.test(parsed.number)) return parsed.number;
  }
  return null;
}

/**
 * Reads the numbers that most firms have most of, with the same result as libphonenumber. Libphonenumber first looks for their
 * country among 25, which makes it fifty times slower.
 */
function northAmericanNumber(digits: string, plus: boolean, defaultCountry: CountryCode): string | null {
  const national = NORTH_AMERICAN.exec(digits)?.[1];
  if (national === undefined) return null;
  const hasCountryCode = plus ? digits.length === 11 : getCountryCallingCode(defaultCountry) === "1";
  return hasCountryCode ? `+1${national}` : null;
}

function runsIn(segment: string, defaultCountry: CountryCode): NumberInText[] {
  const runs = Array.from(segment.matchAll(DIGIT_RUN));
  const isAlone = runs.length === 1 && !/\p{L}/u.test(segment.replace(DIGIT_RUN, ""));
  return runs.map(({ groups, index }) => {
    const isBareExtension = /\b(?:ext(?:ension|n)?|x|poste)[\s.:=#]*$/i.test(segment.slice(0, index));
    const typed = `${groups?.plus ?? ""}${groups?.number ?? ""}`;
    const digits = (groups?.number ?? "").replace(/\D/g, "");
    const plus = groups?.plus !== undefined;
    const e164 = toE164(digits, plus, defaultCountry);
    return { digits, plus, e164, extension: groups?.extension ?? null, typed, isBareExtension, isAlone };
  });
}

function arePartsOfOneNumber(numbers: readonly NumberInText[]): boolean {
  const lengths = numbers.map((number) => number.digits.length);
  const last = lengths.pop() ?? 0;
  return lengths.every((length) => length < 4 || length < last);
}

/**
 * Converts digits of other scripts (`٤١٥`, `४१५`) and the full-width plus to ASCII. Unicode keeps the ten digits of every
 * script in one run from zero to nine, so a digit's value is its distance from the start of its run.
 */
export function asciiDigits(text: string): string {
  if (/^\p{ASCII}*$/u.test(text)) return text;
  return text.replace(/\uFF0B/g, "+").replace(/\p{Nd}/gu, (digit) => {
    const codePoint = digit.codePointAt(0) ?? 0;
    let zero = codePoint;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((codePoint - zero) % 10);
  });
}
