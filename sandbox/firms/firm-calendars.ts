import { CREATED_AT, UPDATED_AT } from "./clio-time.ts";

export interface FirmCalendar {
  id: number;
  name: string;
  type: "AccountCalendar" | "AdhocCalendar" | "UserCalendar";
  /** The user it belongs to. */
  owner_id: number | null;
  /** The users who may see it besides its owner; null: every user. */
  visible_to: number[] | null;
  color: string;
  light_color: string;
  created_at: string;
  updated_at: string;
}

/** A kind of entry that the firm has defined, such as "Vacation". */
export interface FirmEventType {
  id: number;
  name: string;
  color: string;
  created_at: string;
  updated_at: string;
}

export interface FirmCalendarEntry {
  id: number;
  summary: string;
  description: string | null;
  location: string | null;
  /**
   * Times, in UTC. An all-day entry begins at 00:00:00Z of its first day and ends at 00:00:00Z of the day after its
   * last one; it means these days in the owner's time zone.
   */
  start_at: string;
  end_at: string;
  all_day: boolean;
  /** `RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20261231T000000Z`; null for an entry that doesn't repeat. */
  recurrence_rule: string | null;
  /** A recurring entry keeps its time of day in this zone. */
  start_at_time_zone: string;
  calendar_owner_id: number;
  calendar_entry_event_type_id: number | null;
  matter_id: number | null;
  /** Other calendars and contacts that attend. */
  attendees: { id: number; type: "Calendar" | "Contact" }[];
  created_at: string;
  updated_at: string;
}

/** Creates a user's calendar. `visibleTo` restricts who else may see it. */
export function userCalendar(
  id: number,
  owner: { id: number; name: string },
  visibleTo: number[] | null = null,
): FirmCalendar {
  return {
    id,
    name: owner.name,
    type: "UserCalendar",
    owner_id: owner.id,
    visible_to: visibleTo,
    color: "#367B9C",
    light_color: "#5DA5C7",
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
  };
}

/** Creates a kind of calendar entry. */
export function eventType(id: number, name: string): FirmEventType {
  return { id, name, color: "#FFAC7B", created_at: CREATED_AT, updated_at: UPDATED_AT };
}

/** Creates an entry of one hour on 1 June 2026 at 9 a.m. Pacific time. `more` overrides fields. */
export function calendarEntry(
  id: number,
  calendarId: number,
  more: Partial<FirmCalendarEntry> = {},
): FirmCalendarEntry {
  return {
    id,
    summary: "Appointment",
    description: null,
    location: null,
    start_at: "2026-06-01T16:00:00Z",
    end_at: "2026-06-01T17:00:00Z",
    all_day: false,
    recurrence_rule: null,
    start_at_time_zone: "America/Los_Angeles",
    calendar_owner_id: calendarId,
    calendar_entry_event_type_id: null,
    matter_id: null,
    attendees: [],
    created_at: CREATED_AT,
    updated_at: UPDATED_AT,
    ...more,
  };
}
