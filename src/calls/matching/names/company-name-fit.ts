import type { Contact } from "../../contact.ts";
import { companyNameWords, spokenCompanyNames } from "./company-name.ts";
import { MISHEARD_MIN_SIMILARITY, similarity } from "./letter-similarity.ts";
import { bestNameFit, type NameFit } from "./name-fit.ts";

/**
 * How well a spoken name fits a company. A caller may say the company's name, or their own name and the company's. Their
 * own name alone fits no company: a stranger has one, too.
 * @param words of the spoken name (`spokenNameWords`)
 */
export function companyNameFit(words: readonly string[], contact: Contact): NameFit {
  const name = companyNameWords(contact);
  if (name.length === 0) return "unclear";
  return bestNameFit(spokenCompanyNames(words).map((spoken) => oneCompanyNameFit(spoken, name)));
}

function oneCompanyNameFit(words: readonly string[], name: readonly string[]): NameFit {
  if (words.length === 0) return "other";
  const spoken = words.join("");
  const inClio = name.join("");
  if (spoken === inClio) return "full";
  if (words.every((word, at) => word === name[at])) return "partial";
  const alike = similarity(spoken, inClio);
  if (alike >= MISHEARD_MIN_SIMILARITY.wholeName && eachWordIsAlike(words, name)) return "close";
  // Bob Jones, Acme Industries
  if (name.length > 1 && ` ${words.join(" ")} `.includes(` ${name.join(" ")} `)) return "close";
  return alike >= MISHEARD_MIN_SIMILARITY.eachName ? "unclear" : "other";
}

/** Taylor Industries is not Walker Industries, however many letters the two share in the second word. */
function eachWordIsAlike(words: readonly string[], name: readonly string[]): boolean {
  if (words.length !== name.length) return true;
  return words.every((word, at) => similarity(word, name[at] ?? "") >= MISHEARD_MIN_SIMILARITY.eachName);
}
