import type { Contact } from "../../contact.ts";
import { isCompany } from "./company-name.ts";
import { companyNameFit } from "./company-name-fit.ts";
import type { NameFit } from "./name-fit.ts";
import { personNameFit } from "./person-name-fit.ts";
import { spokenNameWords } from "./spoken-name.ts";

/** How well the name that a caller said fits a contact (docs/explanation/who-is-found.md#names). */
export function nameFit(spoken: string, contact: Contact): NameFit {
  const words = spokenNameWords(spoken);
  if (words.length === 0) return "unclear";
  return isCompany(contact)
    ? companyNameFit(words, contact)
    : personNameFit(words, contact, { lastNameFirst: spoken.includes(",") });
}

/**
 * Whether the caller said this contact's full name, for callers who are matched by nothing else. At least two words:
 * `Smith` alone must not find the company Smith LLC (docs/explanation/who-is-found.md#by-name-alone).
 */
export function isFullName(spoken: string, contact: Contact): boolean {
  return spokenNameWords(spoken).length >= 2 && nameFit(spoken, contact) === "full";
}
