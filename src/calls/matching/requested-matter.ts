import type { Matter } from "../matter.ts";
import { spokenWords } from "./spoken-words.ts";

/** Words around the matter that the caller asks for: *it's about my case number 42, Doe v. Acme*. */
const FILLER_WORDS = new Set(
  `a an the my our your his her their its it is im i am me of for on in to with at from and or v vs versus about
  regarding re concerning calling call case matter file number no num one ones thing stuff please legal that this
  think believe was`.split(/\s+/),
);

/**
 * The matters that fit what the caller asked for (docs/explanation/who-is-found.md#what-the-caller-asks-for), in the
 * order they were given; none when nothing fits.
 * @param requested the caller's own words, such as `00042-Doe` or `the lease`
 * @returns null when the caller's words hold nothing but filler
 */
export function requestedMatters(matters: readonly Matter[], requested: string): Matter[] | null {
  const words = contentWords(requested);
  if (words.length === 0) return null;
  const numbers = words.filter(isNumber);
  const byDisplayNumber = matters.filter((matter) => hasDisplayNumber(matter, requested));
  if (byDisplayNumber.length > 0) return byDisplayNumber;

  const byNumbers = matters.filter(({ displayNumber }) => {
    const known = comparableWords(displayNumber).filter(isNumber);
    return numbers.length > 0 && numbers.every((number) => known.includes(number));
  });
  // A number alone is a matter's number before it is a word of a description ("Unit 42").
  if (numbers.length === words.length && byNumbers.length > 0) return byNumbers;

  const shared = matters.map((matter) => {
    const known = new Set([...comparableWords(matter.displayNumber), ...comparableWords(matter.description)]);
    return { matter, count: words.filter((word) => known.has(word)).length };
  });
  const most = Math.max(0, ...shared.map(({ count }) => count));
  const bestByWords = shared.filter(({ count }) => count === most).map(({ matter }) => matter);
  if (most === words.length) return bestByWords;
  if (byNumbers.length > 0) return byNumbers;
  return most > 0 && most * 2 >= words.length ? bestByWords : [];
}

/** Whether the whole display number was said: `00042-Doe`, "42 doe", "00042Doe". */
function hasDisplayNumber({ displayNumber }: Matter, requested: string): boolean {
  const key = comparableWords(displayNumber).join("");
  return (
    key !== "" && (key === comparableWords(requested).join("") || key === contentWords(requested).join(""))
  );
}

function contentWords(requested: string): string[] {
  const words = spokenWords(requested).filter((word) => !FILLER_WORDS.has(word));
  return [...new Set(words.flatMap(normalizeWord).filter((word) => !FILLER_WORDS.has(word)))];
}

function comparableWords(text: string | null): string[] {
  return spokenWords(text ?? "").flatMap(normalizeWord);
}

/** Splits `00042doe` into 42 and doe; drops leading zeros of numbers and the plural s of words. */
function normalizeWord(word: string): string[] {
  return (word.match(/\d+|[^\d]+/g) ?? []).map((part) => {
    if (isNumber(part)) return part.replace(/^0+(?=\d)/, "");
    return part.length > 3 && /[^s]s$/.test(part) ? part.slice(0, -1) : part;
  });
}

function isNumber(word: string): boolean {
  return /^\d+$/.test(word);
}
