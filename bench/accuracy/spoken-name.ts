import type { FirmContact } from "../../sandbox/firms/firm.ts";
import { type Random, weighted } from "../../sandbox/firms/random.ts";

/** The share of callers whose name the voice system mishears. */
const MISHEARD_SHARE = 0.15;

/** A contact's name as the caller says it and a voice system transcribes it. */
export interface SpokenName {
  readonly name: string;
  readonly misheard: boolean;
}

/** Half the callers with a middle name leave it out, and a few say the last name first. */
export function spokenName(contact: FirmContact, random: Random): SpokenName {
  const said = withoutAccents(
    contact.type === "Company" ? companySaid(contact, random) : personSaid(contact, random),
  );
  const misheard = random.chance(MISHEARD_SHARE);
  const heard = misheard ? mishear(said, random) : said;
  return { name: random.chance(0.15) ? heard.toLowerCase() : heard, misheard: heard !== said };
}

function personSaid({ first_name, middle_name, last_name }: FirmContact, random: Random): string {
  const middle = middle_name !== null && random.chance(0.5) ? [middle_name.replace(".", "")] : [];
  const given = [first_name ?? "", ...middle];
  if (!random.chance(0.06)) return [...given, last_name ?? ""].join(" ");
  return random.chance(0.5) ? `${last_name}, ${given.join(" ")}` : `${last_name} ${first_name}`;
}

/** Few callers say the legal form. */
function companySaid({ name }: FirmContact, random: Random): string {
  const spoken = name.replace(" & ", " and ");
  return random.chance(0.7) ? spoken.replace(/ (?:LLC|L\.L\.C\.|LLP|Inc\.|Corp\.|Ltd\.|Co\.)$/, "") : spoken;
}

export function withoutAccents(name: string): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "");
  return plain.replaceAll("ø", "o").replaceAll("Ø", "O").replaceAll("Ł", "L").replace(/[-‑]/g, " ");
}

/** Spellings of the same sound, and sounds that are alike on the telephone. */
const CONFUSIONS: readonly (readonly [string, string])[] = [
  ..."ph/f ck/k c/k k/c y/i i/y ie/y ee/ea ea/ee ei/ie ey/y s/z z/s th/t t/d d/t v/w w/v m/n n/m b/p p/b"
    .split(" ")
    .map((pair) => pair.split("/") as [string, string]),
  ..."ll/l tt/t nn/n ss/s rr/r l/ll n/nn gh/ er/or or/er son/sen sen/son ou/u oo/u ai/ay ay/ai a/o o/a e/i ette/et x/ks j/g g/j"
    .split(" ")
    .map((pair) => pair.split("/") as [string, string]),
];

const randomErrorCount = weighted([
  [1, 65],
  [2, 35],
] as const);
const randomErrorKind = weighted([
  ["swap", 65],
  ["drop", 15],
  ["replace", 20],
] as const);

/** Gets one or two letters wrong, in one word or two. */
export function mishear(said: string, random: Random): string {
  const words = said.split(" ");
  for (let errors = randomErrorCount(random); errors > 0; errors -= 1) {
    const long = words.flatMap((word, at) => (word.replace(/\W/g, "").length >= 3 ? at : []));
    if (long.length === 0) return said;
    const at = random.pick(long);
    words[at] = mishearWord(words[at] ?? "", random);
  }
  return words.join(" ");
}

function mishearWord(word: string, random: Random): string {
  const heard = introduceError(word.toLowerCase(), random);
  return heard.charAt(0).toUpperCase() + heard.slice(1);
}

function introduceError(word: string, random: Random): string {
  const kind = randomErrorKind(random);
  if (kind === "swap") {
    const fitting = CONFUSIONS.filter(([from]) => word.includes(from));
    if (fitting.length > 0) {
      const [from, to] = random.pick(fitting);
      return word.replace(from, to);
    }
  }
  const at = random.integer(0, word.length - 1);
  const letter = word.charAt(at);
  const others = "aeiou".includes(letter) ? "aeiou" : "bcdfghjklmnprstvwz";
  const instead = kind === "drop" ? "" : random.pick([...others].filter((other) => other !== letter));
  return word.slice(0, at) + instead + word.slice(at + 1);
}
