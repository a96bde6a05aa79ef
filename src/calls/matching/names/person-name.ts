import type { Contact } from "../../contact.ts";
import { spokenWords } from "../spoken-words.ts";
import { SUFFIXES, TITLES, withoutTitles } from "./spoken-name.ts";

/** A person's name in Clio, in the parts that a caller may say. All parts are in the form of `spokenWords`. */
export interface PersonName {
  /** Every way the first name is said: the first word of `Mary Ann`, or all of it. */
  readonly given: readonly string[];
  readonly givenHalves: readonly string[];
  readonly middle: readonly string[];
  /** Empty when Clio has no last name. */
  readonly family: string;
  readonly familyHalves: readonly string[];
}

const NAME_PARTICLES = new Set(
  "de del della di da dos du la le van von der den ten ter el al bin ibn".split(" "),
);

/** Reads the name of a person from Clio's first and last name, or from the full name when Clio has nothing else. */
export function personNameOf(contact: Contact): PersonName {
  const hasParts = Boolean(contact.firstName || contact.lastName);
  const { firstName, lastName } = hasParts ? contact : splitFullName(contact.name ?? "");
  const givenWords = (firstName ?? "").split(/\s+/).map((word) => spokenWords(word));
  const [first = [], ...more] = givenWords.filter((words) => !words.every((word) => TITLES.has(word)));
  const family = withoutTitles(spokenWords(lastName ?? ""));
  const firstAndLast = new Set([...first, ...more.flat(), ...family]);
  const between = withoutTitles(spokenWords(contact.name ?? "")).filter((word) => !firstAndLast.has(word));
  return {
    given: [...new Set([first.join(""), [...first, ...more.flat()].join("")])].filter(Boolean),
    givenHalves: first.length > 1 ? first : [],
    middle: [...more.flat(), ...(hasParts ? between : [])],
    family: family.join(""),
    familyHalves: halvesOfDoubleName(family),
  };
}

function splitFullName(name: string): { firstName: string; lastName: string } {
  const [beforeComma = "", afterComma = ""] = name.split(",", 2);
  if (spokenWords(afterComma).some(isName)) return { firstName: afterComma, lastName: beforeComma };
  const words = beforeComma.split(/\s+/).filter((word) => spokenWords(word).some(isName));
  const particle = words.findIndex((word, at) => at > 0 && NAME_PARTICLES.has(word.toLowerCase()));
  const lastNameAt = particle === -1 ? words.length - 1 : particle;
  return { firstName: words.slice(0, lastNameAt).join(" "), lastName: words.slice(lastNameAt).join(" ") };
}

function isName(word: string): boolean {
  return !TITLES.has(word) && !SUFFIXES.has(word);
}

/** The words of `Smith-Jones` and `García López`, either of which may be said for both; not the `de` of `de la Cruz`. */
function halvesOfDoubleName(words: readonly string[]): string[] {
  if (words.length < 2) return [];
  return words.filter((word) => word.length > 1 && !NAME_PARTICLES.has(word));
}
