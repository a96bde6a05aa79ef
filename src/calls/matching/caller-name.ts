import leven from "leven";
import type { Contact } from "../contact.ts";
import { spokenWords } from "./spoken-words.ts";

/**
 * How a name that a caller said, and a voice system wrote down, fits a contact:
 * - `full`: first and last name, or the company's whole name. Case, accents, punctuation, order, titles, middle
 *   names and legal forms are forgiven.
 * - `close`: first and last name, of which something was misheard, or one half of a double name was left out.
 * - `partial`: one of the two names alone (`Jane`, `Mr. Doe`, `J. Doe`), or the first words of a company's name.
 * - `unclear`: nothing can be concluded: Clio hides the name, or it is somewhere between misheard and another.
 * - `other`: clearly somebody else. A nickname is (`Bob` is not known to be Robert): no table of nicknames can tell
 *   a Bob from his brother.
 */
export type NameFit = "full" | "close" | "partial" | "unclear" | "other";

const BEST_FIRST: readonly NameFit[] = ["full", "close", "partial", "unclear", "other"];

/**
 * What makes a misheard name: the letters of first and last name that differ are at most a quarter of all, and of
 * neither name more than four in ten. Measured in `test/calls/caller-name.test.ts`: 34 of 40 misheard names are
 * recognised, and of two people picked at random fewer than 1 pair in 1,000 is taken for one. A stricter measure
 * (0.8 of the whole) loses 6 more of the 40; a laxer one (0.7, and half of each name) takes 2 pairs in 1,000.
 *
 * By `npm run bench:accuracy`, where a voice system gets one or two letters wrong in 15 % of the names: with four
 * digits in a firm of 20,000, 20,000 callers and 20,000 strangers who give a name, 96.2 % of the misheard find their
 * contact (the stricter: 94.8 %, the laxer: 97.6 %), and 7 of the strangers one (6, and 17). Nobody who was misheard
 * was taken for somebody else by any of the three: to be asked once more costs less than a stranger let in.
 *
 * No measure of letters tells Joan from John: where both share a number, the exact name wins.
 */
const MISHEARD = { whole: 0.75, eachName: 0.6 } as const;

/** Below this, a first or a last name is another one. Between this and `MISHEARD`, nobody can say. */
const ANOTHER_NAME = 0.5;

const TITLES = new Set("mr mrs ms miss mx dr prof professor sir madam maam rev hon".split(" "));
const SUFFIXES = new Set("jr sr ii iii iv esq esquire phd md jd cpa".split(" "));
const LEGAL_FORMS = new Set(
  "llc inc incorporated ltd limited co company corp corporation lp llp pllc plc pc pa gmbh ag sa bv pty the and".split(
    " ",
  ),
);
/** `Jane Doe from Acme`, `Jane Doe calling about …`: what follows is not the name. */
const AFTER_THE_NAME = new Set("from with at calling about here speaking".split(" "));

/** Words in longer names than this are a text, not a name. */
const MOST_WORDS = 8;

/** How `spoken` fits the name of a contact. */
export function nameFit(spoken: string, contact: Contact): NameFit {
  const said = wordsSaid(spoken);
  if (said.length === 0) return "unclear";
  return isCompany(contact)
    ? companyFit(said, contact)
    : personFit(said, contact, { lastNameFirst: spoken.includes(",") });
}

/**
 * Whether somebody who gave nothing but a name said this contact's full one (contract, `ROUTE_BY_NAME`). At least
 * two words: `Smith` alone may not find the company Smith LLC.
 */
export function isFullName(spoken: string, contact: Contact): boolean {
  return wordsSaid(spoken).length >= 2 && nameFit(spoken, contact) === "full";
}

/**
 * The full names of a contact as texts to be looked up: whoever says one of them (`namesSaid`) may be this contact, and
 * nobody else can be by `isFullName`.
 */
export function namesOf(contact: Contact): string[] {
  if (isCompany(contact))
    return [withoutLegalForms(spokenWords(contact.name ?? "")).join("")].filter(Boolean);
  const { given, family } = personsName(contact);
  return family === "" ? [] : given.map((one) => bothNames(one, family));
}

/** Every full name that somebody may have said, as `namesOf` writes them. */
export function namesSaid(spoken: string): string[] {
  const said = wordsSaid(spoken);
  const names = waysToSayACompany(said).map((words) => withoutLegalForms(words).join(""));
  const words = wordsOfAPerson(said);
  for (let i = 1; i < words.length; i += 1)
    for (let j = i; j < words.length; j += 1) {
      const [start, between, end] = [words.slice(0, i), words.slice(i, j), words.slice(j)].map((part) =>
        part.join(""),
      ) as [string, string, string];
      names.push(bothNames(start, end), bothNames(end, start), bothNames(between, start));
    }
  return [...new Set(names)].filter(Boolean);
}

function bothNames(given: string, family: string): string {
  return `${given} ${family}`;
}

/** The better of two fits first. */
export function compareNameFits(one: NameFit, other: NameFit): number {
  return BEST_FIRST.indexOf(one) - BEST_FIRST.indexOf(other);
}

function bestOf(fits: readonly NameFit[]): NameFit {
  return fits.toSorted(compareNameFits)[0] ?? "other";
}

function isCompany(contact: Contact): boolean {
  if (contact.type !== null) return contact.type === "Company";
  const words = spokenWords(contact.name ?? "");
  return contact.firstName === null && contact.lastName === null && LEGAL_FORMS.has(words.at(-1) ?? "");
}

/** The words of a name, without how it was introduced and without the letters of its spelling (`Doe, D-O-E`). */
function wordsSaid(spoken: string): string[] {
  const words = spokenWords(spoken.replace(/^\W*(?:(?:my|the) name is|this is)\b/i, ""));
  const spelled = words.filter((word) => word.length === 1).length >= 3;
  return (
    spelled && words.some((word) => word.length > 1) ? words.filter((word) => word.length > 1) : words
  ).slice(0, MOST_WORDS);
}

// People

interface PersonsName {
  /** Every way the first name is said: the first word of `Mary Ann`, or all of it. */
  readonly given: readonly string[];
  readonly givenHalves: readonly string[];
  readonly middle: readonly string[];
  readonly family: string;
  readonly familyHalves: readonly string[];
}

function personFit(
  said: readonly string[],
  contact: Contact,
  { lastNameFirst }: { lastNameFirst: boolean },
): NameFit {
  const words = wordsOfAPerson(said);
  const name = personsName(contact);
  if (words.length === 0 || (name.given.length === 0 && name.family === "")) return "unclear";
  const fits = bothNamesFits(words, name, lastNameFirst);
  if (!fits.includes("full") && fits.includes("contradicted")) return "unclear";
  return bestOf([oneNameFit(words, name), ...fits.filter((fit) => fit !== "contradicted")]);
}

function wordsOfAPerson(said: readonly string[]): string[] {
  const end = said.findIndex((word, at) => at > 0 && AFTER_THE_NAME.has(word));
  return withoutTitles(end === -1 ? said : said.slice(0, end));
}

/** All of what was said taken as one name, the first or the last. */
function oneNameFit(words: readonly string[], name: PersonsName): NameFit {
  const said = words.join("");
  const names = [...name.given, ...name.givenHalves, name.family, ...name.familyHalves].filter(Boolean);
  if (names.includes(said)) return "partial";
  const misheard = words.length === 1 && names.some((one) => similarity(said, one) >= MISHEARD.eachName);
  return misheard ? "unclear" : "other";
}

/** `contradicted`: first and last name are the same, and the middle name is another's. */
type BothNamesFit = NameFit | "contradicted";

/**
 * Every way to part the words into first, middle and last name, in either order. Without a comma, three words or
 * more are read last name first only if that fits exactly and without a middle name: Thomas James Lee is a Lee, not
 * James Thomas.
 */
function bothNamesFits(words: readonly string[], name: PersonsName, lastNameFirst: boolean): BothNamesFit[] {
  const fits: BothNamesFit[] = [];
  for (let i = 1; i < words.length; i += 1) {
    for (let j = i; j < words.length; j += 1) {
      const [start, between, end] = [words.slice(0, i), words.slice(i, j), words.slice(j)];
      fits.push(bothNamesFit(start, between, end, name)); // Jane Alice Doe
      const reversed = i < j ? bothNamesFit(between, end, start, name) : bothNamesFit(end, [], start, name);
      const exact = i === j && reversed === "full";
      if (lastNameFirst || words.length === 2 || exact) fits.push(reversed); // Doe, Jane Alice
    }
  }
  return fits;
}

function bothNamesFit(
  saidGiven: readonly string[],
  saidMiddle: readonly string[],
  saidFamily: readonly string[],
  name: PersonsName,
): BothNamesFit {
  const given = saidGiven.join("");
  const family = saidFamily.join("");
  if (name.family === "") return name.given.includes(given) ? "partial" : "other";
  if (name.given.length === 0) return family === name.family ? "partial" : "other";

  const sameGiven = name.given.includes(given);
  const sameFamily = family === name.family;
  const middlesAgree = agree(saidMiddle, name.middle);
  if (sameGiven && sameFamily) return middlesAgree ? "full" : "contradicted";
  if (!middlesAgree) return "other";

  const halfGiven = sameGiven || name.givenHalves.includes(given);
  const halfFamily = sameFamily || name.familyHalves.includes(family) || saidFamily[0] === name.family;
  if (halfGiven && halfFamily) return "close";
  if (sameFamily && isInitialOf(given, name.given)) return "partial";

  const familySimilarity = similarity(family, name.family);
  const fits = name.given.map((one): NameFit => {
    const givenSimilarity = similarity(given, one);
    const least = Math.min(givenSimilarity, familySimilarity);
    const letters = longer(given, one) + longer(family, name.family);
    const differing = leven(given, one) + leven(family, name.family);
    if (least >= MISHEARD.eachName && 1 - differing / letters >= MISHEARD.whole) return "close";
    if (least >= ANOTHER_NAME) return "unclear";
    return familySimilarity >= MISHEARD.whole && isShortFor(given, one) ? "unclear" : "other";
  });
  return bestOf(fits);
}

function personsName(contact: Contact): PersonsName {
  const { firstName, lastName } =
    contact.firstName || contact.lastName ? contact : parted(contact.name ?? "");
  const givenWords = (firstName ?? "").split(/\s+/).map((word) => spokenWords(word));
  const [first = [], ...more] = givenWords.filter((words) => !words.every((word) => TITLES.has(word)));
  const family = withoutTitles(spokenWords(lastName ?? ""));
  const known = new Set([...first, ...more.flat(), ...family]);
  const between = withoutTitles(spokenWords(contact.name ?? "")).filter((word) => !known.has(word));
  return {
    given: [...new Set([first.join(""), [...first, ...more.flat()].join("")])].filter(Boolean),
    givenHalves: first.length > 1 ? first : [],
    middle: [...more.flat(), ...(contact.firstName || contact.lastName ? between : [])],
    family: family.join(""),
    familyHalves: halvesOf(family),
  };
}

/** First and last name of a contact for whom Clio gives the full name alone. */
function parted(name: string): { firstName: string; lastName: string } {
  const [beforeComma = "", afterComma = ""] = name.split(",", 2);
  if (spokenWords(afterComma).some((word) => !TITLES.has(word) && !SUFFIXES.has(word))) {
    return { firstName: afterComma, lastName: beforeComma };
  }
  const words = beforeComma.split(/\s+/).filter((word) => {
    return spokenWords(word).some((part) => !TITLES.has(part) && !SUFFIXES.has(part));
  });
  const particle = words.findIndex((word, at) => at > 0 && PARTICLES.has(word.toLowerCase()));
  const lastNameAt = particle === -1 ? words.length - 1 : particle;
  return { firstName: words.slice(0, lastNameAt).join(" "), lastName: words.slice(lastNameAt).join(" ") };
}

const PARTICLES = new Set("de del della di da dos du la le van von der den ten ter el al bin ibn".split(" "));

/** The words of `Smith-Jones` and `García López`, each of which may be said for all; not the `de` of `de la Cruz`. */
function halvesOf(words: readonly string[]): string[] {
  if (words.length < 2) return [];
  return words.filter((word) => word.length > 1 && !PARTICLES.has(word));
}

/** Titles and suffixes are no names, except where a name begins with one: J.R. Ewing. */
function withoutTitles(words: readonly string[]): string[] {
  return words.filter((word, at) => !TITLES.has(word) && (at === 0 || !SUFFIXES.has(word)));
}

/** Middle names: one side may lack them; where both have them, they may not contradict each other. */
function agree(said: readonly string[], known: readonly string[]): boolean {
  if (said.length === 0 || known.length === 0) return true;
  return said.some((one) =>
    known.some((other) => one[0] === other[0] && (one === other || shortest(one, other) === 1)),
  );
}

function isInitialOf(said: string, given: readonly string[]): boolean {
  return given.some((name) => shortest(said, name) === 1 && said[0] === name[0]);
}

/** Dan for Daniel. Sam can be Samuel or Samantha, so that it confirms nobody. */
function isShortFor(one: string, other: string): boolean {
  return shortest(one, other) >= 3 && (one.startsWith(other) || other.startsWith(one));
}

// Companies

/**
 * A caller from a company may say its name, or her own and its name. Her own alone fits no company: a stranger has
 * one, too.
 */
function companyFit(said: readonly string[], contact: Contact): NameFit {
  const name = withoutLegalForms(spokenWords(contact.name ?? ""));
  if (name.length === 0) return "unclear";
  return bestOf(waysToSayACompany(said).map((words) => companyNameFit(withoutLegalForms(words), name)));
}

/** All of what was said, and what came before and after a `from`. */
function waysToSayACompany(said: readonly string[]): (readonly string[])[] {
  const from = said.findIndex((word) => AFTER_THE_NAME.has(word));
  return from === -1 ? [said] : [said, said.slice(0, from), said.slice(from + 1)];
}

function companyNameFit(words: readonly string[], name: readonly string[]): NameFit {
  if (words.length === 0) return "other";
  const said = words.join("");
  const known = name.join("");
  if (said === known) return "full";
  if (words.every((word, at) => word === name[at])) return "partial";
  const alike = similarity(said, known);
  if (alike >= MISHEARD.whole && eachWordAlike(words, name)) return "close";
  // Bob Jones, Acme Industries
  if (name.length > 1 && ` ${words.join(" ")} `.includes(` ${name.join(" ")} `)) return "close";
  return alike >= MISHEARD.eachName ? "unclear" : "other";
}

/** Taylor Industries is not Walker Industries, however many letters of their trade they share. */
function eachWordAlike(words: readonly string[], name: readonly string[]): boolean {
  if (words.length !== name.length) return true;
  return words.every((word, at) => similarity(word, name[at] ?? "") >= MISHEARD.eachName);
}

function withoutLegalForms(words: readonly string[]): string[] {
  const names = words.filter((word) => !LEGAL_FORMS.has(word));
  return names.length > 0 ? names : [...words];
}

// Letters

/** From 0, nothing in common, to 1, the same: the share of letters that need no edit. */
function similarity(one: string, other: string): number {
  const letters = longer(one, other);
  return letters === 0 ? 0 : 1 - leven(one, other) / letters;
}

function longer(one: string, other: string): number {
  return Math.max(one.length, other.length);
}

function shortest(one: string, other: string): number {
  return Math.min(one.length, other.length);
}
