import type { Contact } from "./contact.ts";
import type { Matter, StaffMember } from "./matter.ts";

/** What a call is decided by, kind by kind: the firm's contacts, their matters, and whoever has a login. */
export interface FirmRecordContent {
  contact: Contact;
  matter: Matter;
  user: StaffMember;
}

export type RecordKind = keyof FirmRecordContent;

/** A record of a firm as Clio has it. */
export interface FirmRecord<Kind extends RecordKind = RecordKind> {
  readonly kind: Kind;
  readonly content: FirmRecordContent[Kind];
  /** Whose matter it is; null for anything else, and where Clio does not say. */
  readonly clientId: number | null;
}
