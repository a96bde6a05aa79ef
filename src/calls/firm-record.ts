import type { Contact } from "./contact.ts";
import type { Matter, StaffMember } from "./matter.ts";
import type { Relationship } from "./relationship.ts";

/** The kinds of records that calls are decided by: a firm's contacts, their matters and relationships, and its users. */
export interface FirmRecordContent {
  contact: Contact;
  matter: Matter;
  relationship: Relationship;
  user: StaffMember;
}

export type RecordKind = keyof FirmRecordContent;

/** A record of a firm, as read from Clio. */
export interface FirmRecord<Kind extends RecordKind = RecordKind> {
  readonly kind: Kind;
  readonly content: FirmRecordContent[Kind];
  /** For a matter, the contact it belongs to; null for other kinds, and when Clio doesn't say. */
  readonly clientId: number | null;
}
