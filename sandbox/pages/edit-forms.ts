import { formatClioTime } from "../firms/clio-time.ts";
import type { Collection } from "../firms/collection.ts";
import type { FirmMatter, FirmUser } from "../firms/firm.ts";
import { calendarEntry, type FirmCalendarEntry } from "../firms/firm-calendars.ts";
import type { RecordPatch } from "../firms/firm-changes.ts";
import { type FirmRelationship, relationship } from "../firms/firm-relationships.ts";
import { parseLocalTime } from "../firms/local-time.ts";
import type { Viewer } from "../firms/viewer.ts";

/** A submitted form, not validated yet. */
type SubmittedForm = Readonly<Record<string, unknown>>;

/** The matter's new responsible users. Null if one of them is not a user of the firm. */
export function parseMatterForm(
  matter: FirmMatter,
  users: Collection<FirmUser>,
  form: SubmittedForm,
): RecordPatch<FirmMatter> | null {
  const staff = parseUserId(form.responsible_staff_id, matter.responsible_staff_id);
  const attorney = parseUserId(form.responsible_attorney_id, matter.responsible_attorney_id);
  if ([staff, attorney].some((id) => id !== null && !users.get(id))) return null;
  return { responsible_staff_id: staff, responsible_attorney_id: attorney };
}

/** The user's new phone number, which is free text. An empty one becomes null. */
export function parseUserForm({ phone_number }: SubmittedForm): RecordPatch<FirmUser> {
  return typeof phone_number === "string" ? { phone_number: phone_number.trim() || null } : {};
}

/** The new relationship of a matter. Null unless exactly one contact has the given ID or full name. */
export function parseRelationshipForm(
  viewer: Viewer,
  matterId: number,
  { contact, description }: SubmittedForm,
): FirmRelationship | null {
  const { contacts, relationships } = viewer.records;
  const wanted = typeof contact === "string" ? contact.trim() : "";
  const found = contacts.items.filter(
    ({ id, name }) => viewer.canSeeContact(id) && (String(id) === wanted || name === wanted),
  );
  if (found.length !== 1 || !found[0]) return null;
  const text = typeof description === "string" ? description.trim() : "";
  return relationship(relationships.nextId(), matterId, found[0].id, text || null);
}

/** The new entry of a user's calendar. Null if it doesn't end after it begins, or the user has no calendar. */
export function parseCalendarEntryForm(
  { records }: Viewer,
  user: FirmUser,
  { summary, event_type, from, until, all_day }: SubmittedForm,
): FirmCalendarEntry | null {
  const isAllDay = all_day === "true";
  // An all-day entry ends at the beginning of the day after its last one.
  const dayOf = (text: unknown, days: number) =>
    Date.parse(`${String(text).slice(0, 10)}T00:00:00Z`) + days * 24 * 3_600_000;
  const startMs = isAllDay ? dayOf(from, 0) : parseLocalTime(String(from), user.time_zone);
  const endMs = isAllDay ? dayOf(until, 1) : parseLocalTime(String(until), user.time_zone);
  // NaN is not greater than anything.
  if (!(endMs > startMs) || user.default_calendar_id === null) return null;
  return calendarEntry(records.calendarEntries.nextId(), user.default_calendar_id, {
    summary: typeof summary === "string" && summary.trim() ? summary.trim() : "Appointment",
    start_at: formatClioTime(startMs),
    end_at: formatClioTime(endMs),
    all_day: isAllDay,
    start_at_time_zone: user.time_zone,
    calendar_entry_event_type_id: records.eventTypes.get(Number(event_type))?.id ?? null,
  });
}

/** The selected user; null for "None", and the current one if the form doesn't contain the field. */
function parseUserId(value: unknown, current: number | null): number | null {
  if (typeof value !== "string") return current;
  return value === "" ? null : Number(value);
}
