import { spokenWords } from "../spoken-words.ts";

export const TITLES: ReadonlySet<string> = new Set(
  "mr mrs ms miss mx dr prof professor sir madam maam rev hon".split(" "),
);
export const SUFFIXES: ReadonlySet<string> = new Set("jr sr ii iii iv esq esquire phd md jd cpa".split(" "));

/** `Jane Doe from Acme`, `Jane Doe calling about …`: the caller's own name ends before these words. */
const WORDS_AFTER_OWN_NAME = new Set("from with at calling about here speaking".split(" "));

/** Anything longer is a sentence, not a name. */
const MAX_NAME_WORDS = 8;

/** The words of a name, without the introduction (*my name is …*) and without letters spelled out (`Doe, D-O-E`). */
export function spokenNameWords(spoken: string): string[] {
  const words = spokenWords(spoken.replace(/^\W*(?:(?:my|the) name is|this is)\b/i, ""));
  const isSpelledOut = words.filter((word) => word.length === 1).length >= 3;
  const longerWords = words.filter((word) => word.length > 1);
  return (isSpelledOut && longerWords.length > 0 ? longerWords : words).slice(0, MAX_NAME_WORDS);
}

/** Of the words that a caller said, those of their own name, without titles. */
export function ownNameWords(words: readonly string[]): string[] {
  const end = words.findIndex((word, at) => at > 0 && WORDS_AFTER_OWN_NAME.has(word));
  return withoutTitles(end === -1 ? words : words.slice(0, end));
}

/** The index of `from` or a similar word in the caller's words; -1 if there is none. */
export function endOfOwnName(words: readonly string[]): number {
  return words.findIndex((word) => WORDS_AFTER_OWN_NAME.has(word));
}

/** The words without titles and suffixes, except a suffix that the name begins with: J.R. Ewing. */
export function withoutTitles(words: readonly string[]): string[] {
  return words.filter((word, at) => !TITLES.has(word) && (at === 0 || !SUFFIXES.has(word)));
}
