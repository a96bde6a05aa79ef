import type { FirmCalendar } from "../../firms/firm-calendars.ts";
import type { ListedEntry } from "../../firms/listed-entry.ts";
import type { Viewer } from "../../firms/viewer.ts";

/** Computed fields of calendars and their entries, as one viewer may see them. */
export function calendarValues(viewer: Viewer) {
  const { users, matters, calendars, calendarEntries, eventTypes } = viewer.records;

  function attendee({ id, type }: ListedEntry["attendees"][number]): object | undefined {
    if (type === "Contact") {
      const contact = viewer.contact(id);
      return contact && { ...contact, type, email: contact.email_addresses[0]?.address ?? null };
    }
    const calendar = calendars.get(id);
    const owner = users.get(calendar?.owner_id ?? null);
    return calendar && { ...calendar, type, email: owner?.email ?? null, enabled: owner?.enabled ?? null };
  }

  return {
    calendar({ owner_id }: FirmCalendar, field: string): unknown {
      switch (field) {
        case "creator":
          return users.get(owner_id) ?? null;
        case "permission":
          return owner_id === viewer.user.id ? "owner" : "viewer";
        case "visible":
          return true;
        case "court_rules_default_calendar":
          return false;
        case "source":
          return "web";
      }
    },

    entry(entry: ListedEntry, field: string): unknown {
      switch (field) {
        case "id":
          return entry.public_id;
        case "matter":
          return matters.get(entry.matter_id) ?? null;
        case "calendar_owner":
          return calendars.get(entry.calendar_owner_id) ?? null;
        case "calendar_entry_event_type":
          return eventTypes.get(entry.calendar_entry_event_type_id) ?? null;
        case "parent_calendar_entry":
          return calendarEntries.get(entry.parent_calendar_entry_id) ?? null;
        case "attendees":
          return entry.attendees.flatMap((each) => attendee(each) ?? []);
        case "calendars":
          return [
            entry.calendar_owner_id,
            ...entry.attendees.filter(({ type }) => type === "Calendar").map(({ id }) => id),
          ].flatMap((id) => calendars.get(id) ?? []);
        case "permission":
          return "viewer";
        case "court_rule":
          return false;
        case "time_entries_count":
          return 0;
      }
    },
  };
}
