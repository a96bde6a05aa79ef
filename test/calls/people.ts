import type { Contact } from "../../src/calls/contact.ts";
import type { Matter, StaffMember } from "../../src/calls/matter.ts";

/** An invented person. Numbers in these tests come from the fictional ranges. */
export function person(id: number, name: string, ...phoneNumbers: string[]): Contact {
  const words = name.split(" ");
  const lastName = words.length > 1 ? (words.at(-1) ?? null) : null;
  return {
    id,
    name,
    firstName: words[0] ?? null,
    lastName,
    type: "Person",
    isClient: true,
    phoneNumbers,
  };
}

export function company(id: number, name: string, ...phoneNumbers: string[]): Contact {
  return { ...person(id, name, ...phoneNumbers), firstName: null, lastName: null, type: "Company" };
}

export function user(id: number, name: string | null, enabled: boolean | null = true): StaffMember {
  return { id, name, email: null, phoneNumber: null, enabled };
}

export const felix = user(350, "Felix Dubinsky");
export const greta = user(351, "Greta Holm");

export function matter(id: number, changes: Partial<Matter> = {}): Matter {
  return {
    id,
    displayNumber: `${String(id).padStart(5, "0")}-Doe`,
    description: null,
    status: "Open",
    lastActivityDate: null,
    updatedAt: null,
    staff: { responsible_staff: felix },
    ...changes,
  };
}
