import type { Contact } from "../../contact.ts";
import { spokenWords } from "../spoken-words.ts";
import { endOfOwnName } from "./spoken-name.ts";

const LEGAL_FORMS = new Set(
  "llc inc incorporated ltd limited co company corp corporation lp llp pllc plc pc pa gmbh ag sa bv pty the and".split(
    " ",
  ),
);

/** Whether a contact is a company; where Clio hides the type, whether its name ends in a legal form. */
export function isCompany(contact: Contact): boolean {
  if (contact.type !== null) return contact.type === "Company";
  const words = spokenWords(contact.name ?? "");
  return contact.firstName === null && contact.lastName === null && LEGAL_FORMS.has(words.at(-1) ?? "");
}

/** The words of a company's name in Clio, without its legal form; none when Clio hides the name. */
export function companyNameWords(contact: Contact): string[] {
  return withoutLegalForms(spokenWords(contact.name ?? ""));
}

/**
 * What may be a company's name in what a caller said, without legal forms: all of it, and what comes before and after a
 * `from` (*Rosa Vega from Acme*).
 */
export function spokenCompanyNames(words: readonly string[]): string[][] {
  const from = endOfOwnName(words);
  const readings = from === -1 ? [words] : [words, words.slice(0, from), words.slice(from + 1)];
  return readings.map(withoutLegalForms);
}

function withoutLegalForms(words: readonly string[]): string[] {
  const names = words.filter((word) => !LEGAL_FORMS.has(word));
  return names.length > 0 ? names : [...words];
}
