import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";

/** A run of digits in a text that can be a phone number or a part of one. */
export interface NumberInText {
  /** ASCII digits, as they stand, without the extension. */
  readonly digits: string;
  readonly plus: boolean;
  /** Only when the number is whole. */
  readonly e164: string | null;
  readonly extension: string | null;
  /** The number as it was typed, without the extension. */
  readonly typed: string;
  /** `x204` without a number before it: an extension of who knows which number. */
  readonly onlyExtension: boolean;
  /** Nothing but punctuation shares its segment with it: no words, no other number. */
  readonly alone: boolean;
}

/** Longer than anything somebody types into a phone field, and what libphonenumber itself still reads. */
const LONGEST_TEXT = 250;

/** E.164 allows 15 digits; the shortest numbers of the smallest countries have five with their country code. */
const E164 = /^\+\d{5,15}$/;

/**
 * What stands between two numbers in one field: `415-555-0101 / 0102`, `… or …`. A comma or semicolon before an
 * extension (`, ext. 204`, `;ext=204`) parts nothing.
 */
const SEPARATOR = /[,;](?!\s*(?:ext|x\W*\d))|[/|&\n]|\b(?:or|and)\b/giu;

/**
 * Digits with any punctuation between them, and the extension behind them. A letter ends the run, and so does a
 * `+` (the next number begins), a colon (`Mobile 2: 415 …`) and a star (`*67 415 …`).
 */
const RUN =
  /(?<plus>\+[^\p{L}\d+]*)?(?<number>\d(?:[^\p{L}\d+:*@=#]*\d)*)(?:[^\p{L}\d+]*?(?:\b|(?<=\d))(?:ext(?:ension|n)?|x|poste|#)[\s.:=#]*(?<extension>\d{1,7})(?!\d))?/giu;

/**
 * Every phone number in a text that a person, a dashboard or a language model wrote, in the order they stand in.
 *
 * Segments between separators are read apart, as `555-0101 / 0102` is two numbers. Some separators are punctuation
 * within one number, though (`415/555-0101`, `4,155,552,171`): when no segment is whole and the digits taken
 * together are, they are one number, provided that the parts before the last are too short to be numbers.
 */
export function numbersInText(text: string, defaultCountry: CountryCode): NumberInText[] {
  const readable = asciiDigits(text.slice(0, LONGEST_TEXT)).replace(/,{2,}\s*(?=\d{1,7}\s*$)/, " x");
  const numbers = readable.split(SEPARATOR).flatMap((segment) => runsIn(segment, defaultCountry));
  if (numbers.length > 1 && numbers.every((number) => number.e164 === null)) {
    const joined = runsIn(readable.replace(/[,/]/g, " "), defaultCountry);
    const [only] = joined;
    if (joined.length === 1 && only?.e164 && partsOfOneNumber(numbers)) return [only];
  }
  return numbers;
}

/** The number in E.164 when these digits are a possible phone number, else null. */
function wholeNumber(digits: string, plus: boolean, defaultCountry: CountryCode): string | null {
  // Four digits are the last four, even where a country has numbers that short.
  if (!plus && digits.length === 4) return null;
  const readings = plus ? [`+${digits}`] : [digits];
  // `00` and `011` are read as the way out of any country: firms type the one they grew up with.
  if (!plus && /^(?:00|011)/.test(digits)) readings.push(digits.replace(/^(?:00|011)/, "+"));
  for (const reading of readings) {
    const parsed = parsePhoneNumberFromString(reading, { defaultCountry, extract: false });
    if (parsed?.isPossible() && E164.test(parsed.number)) return parsed.number;
  }
  return null;
}

function runsIn(segment: string, defaultCountry: CountryCode): NumberInText[] {
  const runs = Array.from(segment.matchAll(RUN));
  const alone = runs.length === 1 && !/\p{L}/u.test(segment.replace(RUN, ""));
  return runs.map(({ groups, index }) => {
    const onlyExtension = /\b(?:ext(?:ension|n)?|x|poste)[\s.:=#]*$/i.test(segment.slice(0, index));
    const typed = `${groups?.plus ?? ""}${groups?.number ?? ""}`;
    const digits = (groups?.number ?? "").replace(/\D/g, "");
    const plus = groups?.plus !== undefined;
    const e164 = wholeNumber(digits, plus, defaultCountry);
    return { digits, plus, e164, extension: groups?.extension ?? null, typed, onlyExtension, alone };
  });
}

function partsOfOneNumber(numbers: readonly NumberInText[]): boolean {
  const lengths = numbers.map((number) => number.digits.length);
  const last = lengths.pop() ?? 0;
  return lengths.every((length) => length < 4 || length < last);
}

/**
 * Digits of other scripts (`٤١٥`, `४१५`) as ASCII ones, and the full-width plus. Unicode keeps the ten digits of
 * every script in one run from zero to nine, so a digit's value is its distance from the start of its run.
 */
export function asciiDigits(text: string): string {
  return text.replace(/\uFF0B/g, "+").replace(/\p{Nd}/gu, (digit) => {
    const codePoint = digit.codePointAt(0) ?? 0;
    let zero = codePoint;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((codePoint - zero) % 10);
  });
}
