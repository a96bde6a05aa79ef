import type { FirmContact } from "../../sandbox/firms/firm.ts";
import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { withoutAccents } from "../accuracy/spoken-name.ts";

/** A generated firm in which Clio's text search finds every contact. */
export interface SearchableFirm extends GeneratedFirm {
  /** How many numbers were retyped because a space split their last four digits (`555-21 71`). */
  readonly retyped: number;
  /** How many contacts were renamed without accents. */
  readonly renamed: number;
}

/**
 * Generates a firm without the numbers and names that the mirror finds and Clio's text search misses. For those, the two
 * differ on purpose.
 */
export function searchableFirm(size: { contacts: number; seed: number; matters?: number }): SearchableFirm {
  const generated = generatedFirm(size);
  let retyped = 0;
  let renamed = 0;
  for (const contact of generated.firm.contacts) {
    for (const [at, { e164 }] of (generated.lines.get(contact.id) ?? []).entries()) {
      const number = contact.phone_numbers[at];
      if (!number || number.number.includes(e164.slice(-4))) continue;
      number.number = formatUsNumber(e164);
      retyped += 1;
    }
    if (rename(contact)) renamed += 1;
  }
  return { ...generated, retyped, renamed };
}

/** A US number as most people type it: `(415) 555-0171`. */
export function formatUsNumber(e164: string): string {
  return `(${e164.slice(2, 5)}) ${e164.slice(5, 8)}-${e164.slice(8)}`;
}

function rename(contact: FirmContact): boolean {
  const before = contact.name;
  for (const part of ["name", "first_name", "middle_name", "last_name"] as const)
    if (contact[part] !== null) Object.assign(contact, { [part]: plain(contact[part]) });
  return contact.name !== before;
}

/** Hyphens stay: Clio's search finds them. */
function plain(name: string): string {
  return name
    .split("-")
    .map((part) => withoutAccents(part))
    .join("-");
}
