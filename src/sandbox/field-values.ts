import { createHash } from "node:crypto";
import type { ReadField } from "./field-selection.ts";
import type { FirmContact, FirmMatter, FirmUser } from "./firm.ts";
import type { Resource } from "./known-fields.ts";
import type { Viewer } from "./viewer.ts";

/**
 * The values of fields as one viewer may see them. Most stand in the record; some are worked out from it.
 * A field that the sandbox does not carry, and an association with a contact the viewer may not see, is null.
 */
export function fieldValues(viewer: Viewer): ReadField {
  const { users } = viewer.records;

  function ofContact(contact: FirmContact, field: string): unknown {
    switch (field) {
      case "company":
        return viewer.contact(contact.company_id) ?? null;
      case "initials":
        return initials(contact.name);
      case "primary_phone_number":
        return contact.phone_numbers[0]?.number ?? null;
      case "secondary_phone_number":
        return contact.phone_numbers[1]?.number ?? null;
      case "primary_email_address":
        return contact.email_addresses[0]?.address ?? null;
      case "secondary_email_address":
        return contact.email_addresses[1]?.address ?? null;
      case "primary_address":
        return contact.addresses[0] ?? null;
      case "secondary_address":
        return contact.addresses[1] ?? null;
      case "primary_work_address":
        return contact.addresses.find(({ name }) => name === "Work") ?? null;
      case "primary_web_site":
        return contact.web_sites[0] ?? null;
    }
  }

  function ofMatter(matter: FirmMatter, field: string): unknown {
    switch (field) {
      case "client":
        return viewer.contact(matter.client_id) ?? null;
      case "client_id":
        return viewer.contact(matter.client_id)?.id ?? null;
      case "responsible_staff":
        return users.get(matter.responsible_staff_id) ?? null;
      case "responsible_attorney":
        return users.get(matter.responsible_attorney_id) ?? null;
      case "originating_attorney":
        return users.get(matter.originating_attorney_id) ?? null;
    }
  }

  function ofUser(user: FirmUser, field: string): unknown {
    switch (field) {
      case "account":
        return viewer.records.account;
      case "initials":
        return initials(user.name);
    }
  }

  /** Undefined where the record's own value stands. */
  function workOut(resource: Resource, record: object, field: string): unknown {
    if (field === "etag") return etag(resource, record);
    if (resource === "Contact") return ofContact(record as FirmContact, field);
    if (resource === "Matter") return ofMatter(record as FirmMatter, field);
    if (resource === "User") return ofUser(record as FirmUser, field);
  }

  return (resource, record, field) => {
    const workedOut = workOut(resource, record, field);
    return workedOut === undefined ? ((record as Record<string, unknown>)[field] ?? null) : workedOut;
  };
}

/** As Clio's: it changes when the record does. */
function etag(resource: string, record: { id?: number; updated_at?: string }): string {
  const version = `${resource}/${record.id}/${record.updated_at}`;
  return `"${createHash("sha1").update(version).digest("hex")}"`;
}

function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((word) => word[0]?.toUpperCase())
    .join("");
}
