import type { FirmContact } from "../../sandbox/firms/firm.ts";
import { type GeneratedFirm, generatedFirm } from "../../sandbox/firms/generated-firm.ts";
import { withoutAccents } from "../accuracy/spoken-name.ts";

/** An invented firm in which Clio's own text search finds whoever is looked for. */
export interface FindableFirm extends GeneratedFirm {
  /** Numbers that stood apart (`555-21 71`) and were typed anew. */
  readonly retyped: number;
  /** Contacts with accents in their names, which were taken off. */
  readonly renamed: number;
}

/**
 * The firm, but for what Clio's text search cannot find and the mirror can: where the two are compared, such contacts
 * are answered differently on purpose.
 */
export function findableFirm(size: { contacts: number; seed: number; matters?: number }): FindableFirm {
  const invented = generatedFirm(size);
  let retyped = 0;
  let renamed = 0;
  for (const contact of invented.firm.contacts) {
    for (const [at, { e164 }] of (invented.lines.get(contact.id) ?? []).entries()) {
      const number = contact.phone_numbers[at];
      if (!number || number.number.includes(e164.slice(-4))) continue;
      number.number = plainlyTyped(e164);
      retyped += 1;
    }
    if (rename(contact)) renamed += 1;
  }
  return { ...invented, retyped, renamed };
}

/** A number of the North American plan as most people type it. */
export function plainlyTyped(e164: string): string {
  return `(${e164.slice(2, 5)}) ${e164.slice(5, 8)}-${e164.slice(8)}`;
}

function rename(contact: FirmContact): boolean {
  const before = contact.name;
  for (const part of ["name", "first_name", "middle_name", "last_name"] as const)
    if (contact[part] !== null) Object.assign(contact, { [part]: plain(contact[part]) });
  return contact.name !== before;
}

/** Hyphens stay: they are found as they stand. */
function plain(name: string): string {
  return name
    .split("-")
    .map((part) => withoutAccents(part))
    .join("-");
}
