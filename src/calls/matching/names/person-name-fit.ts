import type { Contact } from "../../contact.ts";
import {
  combinedSimilarity,
  MISHEARD_MIN_SIMILARITY,
  OTHER_NAME_BELOW_SIMILARITY,
  similarity,
} from "./letter-similarity.ts";
import { bestNameFit, type NameFit } from "./name-fit.ts";
import { type PersonName, personNameOf } from "./person-name.ts";
import { ownNameWords } from "./spoken-name.ts";

/**
 * How well a spoken name fits a person.
 * @param words of the spoken name (`spokenNameWords`)
 * @param lastNameFirst whether the caller's name was written with a comma (`Doe, Jane`)
 */
export function personNameFit(
  words: readonly string[],
  contact: Contact,
  { lastNameFirst }: { lastNameFirst: boolean },
): NameFit {
  const own = ownNameWords(words);
  const name = personNameOf(contact);
  if (own.length === 0 || (name.given.length === 0 && name.family === "")) return "unclear";
  const fits = fullNameFits(own, name, lastNameFirst);
  if (!fits.includes("full") && fits.includes("middle_name_differs")) return "unclear";
  return bestNameFit([singleNameFit(own, name), ...fits.filter((fit) => fit !== "middle_name_differs")]);
}

/** All words read as one name, the first or the last. */
function singleNameFit(words: readonly string[], name: PersonName): NameFit {
  const spoken = words.join("");
  const names = [...name.given, ...name.givenHalves, name.family, ...name.familyHalves].filter(Boolean);
  if (names.includes(spoken)) return "partial";
  const isMisheard =
    words.length === 1 && names.some((one) => similarity(spoken, one) >= MISHEARD_MIN_SIMILARITY.eachName);
  return isMisheard ? "unclear" : "other";
}

/** `middle_name_differs`: first and last name agree, but the middle names differ. */
type FullNameFit = NameFit | "middle_name_differs";

/**
 * Tries every way to divide the words into first, middle and last name, in either order. Without a comma, three words
 * or more are read last name first only if that fits exactly and without a middle name: Thomas James Lee is a Lee, not
 * James Thomas.
 */
function fullNameFits(words: readonly string[], name: PersonName, lastNameFirst: boolean): FullNameFit[] {
  const fits: FullNameFit[] = [];
  for (let i = 1; i < words.length; i += 1) {
    for (let j = i; j < words.length; j += 1) {
      const [start, between, end] = [words.slice(0, i), words.slice(i, j), words.slice(j)];
      fits.push(fullNameFit(start, between, end, name)); // Jane Alice Doe
      const reversed = i < j ? fullNameFit(between, end, start, name) : fullNameFit(end, [], start, name);
      const isExact = i === j && reversed === "full";
      if (lastNameFirst || words.length === 2 || isExact) fits.push(reversed); // Doe, Jane Alice
    }
  }
  return fits;
}

function fullNameFit(
  givenWords: readonly string[],
  middleWords: readonly string[],
  familyWords: readonly string[],
  name: PersonName,
): FullNameFit {
  const given = givenWords.join("");
  const family = familyWords.join("");
  if (name.family === "") return name.given.includes(given) ? "partial" : "other";
  if (name.given.length === 0) return family === name.family ? "partial" : "other";

  const sameGiven = name.given.includes(given);
  const sameFamily = family === name.family;
  const middleNamesAgree = agree(middleWords, name.middle);
  if (sameGiven && sameFamily) return middleNamesAgree ? "full" : "middle_name_differs";
  if (!middleNamesAgree) return "other";

  const halfGiven = sameGiven || name.givenHalves.includes(given);
  const halfFamily = sameFamily || name.familyHalves.includes(family) || familyWords[0] === name.family;
  if (halfGiven && halfFamily) return "close";
  if (sameFamily && isInitialOf(given, name.given)) return "partial";
  return bestNameFit(name.given.map((one) => misheardFit([given, one], [family, name.family])));
}

function misheardFit(given: readonly [string, string], family: readonly [string, string]): NameFit {
  const familySimilarity = similarity(...family);
  const lowest = Math.min(similarity(...given), familySimilarity);
  const isMisheard =
    lowest >= MISHEARD_MIN_SIMILARITY.eachName &&
    combinedSimilarity([given, family]) >= MISHEARD_MIN_SIMILARITY.wholeName;
  if (isMisheard) return "close";
  if (lowest >= OTHER_NAME_BELOW_SIMILARITY) return "unclear";
  const isShortForm = familySimilarity >= MISHEARD_MIN_SIMILARITY.wholeName && isShortFor(...given);
  return isShortForm ? "unclear" : "other";
}

/** Either side may lack the middle names. Where both have them, at least one has to agree, or its initial. */
function agree(spoken: readonly string[], inClio: readonly string[]): boolean {
  if (spoken.length === 0 || inClio.length === 0) return true;
  return spoken.some((one) =>
    inClio.some((other) => one[0] === other[0] && (one === other || shorterLength(one, other) === 1)),
  );
}

function isInitialOf(spoken: string, given: readonly string[]): boolean {
  return given.some((name) => shorterLength(spoken, name) === 1 && spoken[0] === name[0]);
}

/** Dan for Daniel. Sam can be Samuel or Samantha, so a short form confirms no one. */
function isShortFor(one: string, other: string): boolean {
  return shorterLength(one, other) >= 3 && (one.startsWith(other) || other.startsWith(one));
}

function shorterLength(one: string, other: string): number {
  return Math.min(one.length, other.length);
}
