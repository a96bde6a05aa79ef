import type { FirmContact, FirmUser, Permission } from "./firm.ts";
import type { FirmCalendar, FirmCalendarEntry } from "./firm-calendars.ts";
import type { FirmTask } from "./firm-communications.ts";
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

  /** Whether the matter isn't restricted to other users. */
  canSeeMatter(matterId: number): boolean {
    return !this.user.hiddenMatters.has(matterId);
  }

  /** Undefined if there is no such contact or it is hidden. */
  contact(id: number | null): FirmContact | undefined {
    return id !== null && this.canSeeContact(id) ? this.records.contacts.get(id) : undefined;
  }

  canSeeCalendar({ owner_id, visible_to }: FirmCalendar): boolean {
    return visible_to === null || owner_id === this.user.id || visible_to.includes(this.user.id);
  }

  /** Whether the entry is on a calendar that the user may see, as its owner or as an attendee. */
  canSeeCalendarEntry({ calendar_owner_id, attendees }: FirmCalendarEntry): boolean {
    const attending = attendees.filter(({ type }) => type === "Calendar").map(({ id }) => id);
    return [calendar_owner_id, ...attending].some((id) => {
      const calendar = this.records.calendars.get(id);
      return calendar !== undefined && this.canSeeCalendar(calendar);
    });
  }

  /** A private task is visible to the user who created it and to the one who has it. */
  canSeeTask({ permission, assigner_id, assignee }: FirmTask): boolean {
    return (
      permission === "public" ||
      assigner_id === this.user.id ||
      (assignee.type === "User" && assignee.id === this.user.id)
    );
  }
}
