import type { FirmContact, FirmUser, Permission } from "./firm.ts";
import type { FirmRecords } from "./firm-records.ts";

/** The user an access token stands for, and the firm as that user sees it. */
export class Viewer {
  readonly user: FirmUser;
  readonly records: FirmRecords;

  constructor(user: FirmUser, records: FirmRecords) {
    this.user = user;
    this.records = records;
  }

  may(permission: Permission): boolean {
    return this.user.permissions.has(permission);
  }

  /** Whether Contacts Visibility shows this contact. */
  sees(contactId: number): boolean {
    return !this.user.hiddenContacts.has(contactId);
  }

  /** The contact, unless there is none or it is hidden. */
  contact(id: number | null): FirmContact | undefined {
    return id !== null && this.sees(id) ? this.records.contacts.get(id) : undefined;
  }
}
