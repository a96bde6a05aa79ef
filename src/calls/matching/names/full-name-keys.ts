import type { Contact } from "../../contact.ts";
import { companyNameWords, isCompany, spokenCompanyNames } from "./company-name.ts";
import { personNameOf } from "./person-name.ts";
import { ownNameWords, spokenNameWords } from "./spoken-name.ts";

/**
 * The full names of a contact as lookup keys. Whenever `isFullName` holds for a spoken name and a contact, the two have
 * a key in common; the opposite need not be true.
 */
export function fullNameKeys(contact: Contact): string[] {
  if (isCompany(contact)) return [companyNameWords(contact).join("")].filter(Boolean);
  const { given, family } = personNameOf(contact);
  return family === "" ? [] : given.map((one) => personKey(one, family));
}

/** The keys of every full name that the caller may have meant. */
export function spokenFullNameKeys(spoken: string): string[] {
  const words = spokenNameWords(spoken);
  const keys = spokenCompanyNames(words).map((name) => name.join(""));
  const own = ownNameWords(words);
  for (let i = 1; i < own.length; i += 1)
    for (let j = i; j < own.length; j += 1) {
      const start = own.slice(0, i).join("");
      const between = own.slice(i, j).join("");
      const end = own.slice(j).join("");
      keys.push(personKey(start, end), personKey(end, start), personKey(between, start));
    }
  return [...new Set(keys)].filter(Boolean);
}

function personKey(given: string, family: string): string {
  return `${given} ${family}`;
}
