import type { FirmContact, FirmUser, Permission } from "./firm.ts";
import type { FirmRecords } from "./firm-records.ts";

/** The user of an access token or browser session, and what that user may see of the firm. */
export class Viewer {
  readonly user: FirmUser;
  readonly records: FirmRecords;

  constructor(user: FirmUser, records: FirmRecords) {
    this.user = user;
    this.records = records;
  }

  hasPermission(permission: Permission): boolean {
    return this.user.permissions.has(permission);
  }

  /** Whether Clio's Contacts Visibility lets the user see this contact. */
  canSeeContact(contactId: number): boolean {
    return !this.user.hiddenContacts.has(contactId);
  }

  /** Undefined if there is no such contact or it is hidden. */
  contact(id: number | null): FirmContact | undefined {
    return id !== null && this.canSeeContact(id) ? this.records.contacts.get(id) : undefined;
  }
}
