import type { CallContent } from "./call-record.ts";

/** What a call is found by on `/calls`: whole words of names, numbers and their last four digits, and that someone was away. */
export type CallSearchTerm = `word ${string}` | `number ${string}` | `ending ${string}` | "away";

const MAX_TERMS = 24;
const MAX_QUERY_WORDS = 8;
/** Most names need no normalizing, which takes longer than everything else about them. */
const ASCII = /^[ -~]*$/;

/** The texts by whose words a call is found, none of them twice. */
function searchableTexts({ contact, matter, person, away, lookups, report }: CallContent): string[] {
  const texts = new Set([contact?.name, person?.name, away?.name, matter?.displayNumber, report?.name]);
  for (const { name } of lookups) texts.add(name);
  return [...texts].filter((text) => typeof text === "string");
}

/** The terms of a call: whether someone was away, its number, and the words of its names and of its matter's number. */
export function callSearchTerms(call: CallContent): CallSearchTerm[] {
  const { caller, callerEnding, away } = call;
  const digits = caller?.replace(/\D/g, "") ?? null;
  const ending = digits?.slice(-4) ?? callerEnding;
  const terms = new Set<CallSearchTerm>();
  if (away) terms.add("away");
  if (digits) terms.add(`number ${digits}`);
  if (ending) terms.add(`ending ${ending}`);
  for (const text of searchableTexts(call)) for (const word of wordsOf(text)) terms.add(`word ${word}`);
  return [...terms].slice(0, MAX_TERMS);
}

/** Whether two versions of a call have the same terms. False if it would take longer to find out. */
export function haveSameTerms(one: CallContent, other: CallContent): boolean {
  if (one.caller !== other.caller || one.callerEnding !== other.callerEnding) return false;
  if ((one.away === null) !== (other.away === null)) return false;
  const [texts, others] = [searchableTexts(one), searchableTexts(other)];
  return texts.length === others.length && texts.every((text, at) => text === others[at]);
}

/**
 * What a search asks for: every inner list must have a term that the call has. Empty if the text has nothing to search for.
 * @param e164 the number that the whole text is, if it is one
 */
export function searchedTerms(text: string, e164: string | null): CallSearchTerm[][] {
  if (e164 !== null) return [[`number ${e164.replace(/\D/g, "")}`]];
  const digits = text.replace(/\D/g, "");
  if (digits.length >= 4 && /^[\d\s().+-]*$/.test(text))
    return [[`ending ${digits.slice(-4)}`, ...wordsOf(text).map((word) => `word ${word}` as const)]];
  return wordsOf(text)
    .slice(0, MAX_QUERY_WORDS)
    .map((word) => (/^\d{4}$/.test(word) ? [`word ${word}`, `ending ${word}`] : [`word ${word}`]));
}

/** Whether a call has what a search asks for. Hashes of terms are short, so some calls that don't are found too. */
export function matchesSearch(call: CallContent, searched: readonly (readonly CallSearchTerm[])[]): boolean {
  const terms = new Set(callSearchTerms(call));
  return searched.every((alternatives) => alternatives.some((term) => terms.has(term)));
}

/** Lower case and without accents, so that `Muller` finds `Müller`. */
function wordsOf(text: string): string[] {
  const plain = (ASCII.test(text) ? text : text.normalize("NFKD").replace(/\p{M}/gu, "")).toLowerCase();
  return plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}
