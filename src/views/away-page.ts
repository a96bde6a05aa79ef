import type { AbsenceFieldErrors, AbsenceFields } from "../absences/absence-form.ts";
import type { ListedAbsence, StandInConflict } from "../absences/absence-list.ts";
import type { CalendarKinds } from "../absences/calendar-kinds.ts";
import type { NamedStaffMember } from "../calls/matching/who-takes-the-call.ts";
import type { AwayToday } from "../calls/transfer/away-today.ts";
import type { AbsenceCalendar, CalendarChoice } from "../store/repositories/absence-calendars.ts";
import { formatCountOf } from "./format.ts";
import { describeError, type ErrorDescription } from "./sync-error-text.ts";

/** A user of the firm in Clio, for choosing who is away and who stands in. */
export interface AwayPerson {
  readonly id: number;
  readonly name: string;
  readonly canStandIn: boolean;
}

/** The form for an absence. */
export interface AbsenceForm {
  /** Null for a new absence. */
  readonly id: string | null;
  readonly fields: AbsenceFields;
  readonly errors: AbsenceFieldErrors;
}

/** The data that `/away` shows. */
export interface AwayPage {
  readonly csrf: string;
  readonly myUserId: number;
  readonly isAdministrator: boolean;
  /** The firm's time zone, an IANA name. */
  readonly timeZone: string;
  /** Enabled users, by name. */
  readonly people: readonly AwayPerson[];
  /** Names of all users, by ID. */
  readonly names: ReadonlyMap<number, string>;
  readonly absences: { readonly now: readonly ListedAbsence[]; readonly later: readonly ListedAbsence[] };
  readonly form: AbsenceForm;
  /** Null if the firm's calendars don't count. */
  readonly calendar: AbsenceCalendar | null;
  /** Whether calendars can count at all: only with a mirror. */
  readonly hasCalendars: boolean;
}

/** The data that `/away/calendar` shows. */
export interface AwayCalendarPage extends CalendarKinds {
  readonly csrf: string;
  /** What the firm has chosen; null if its calendars don't count. */
  readonly choice: CalendarChoice | null;
}

/** Why calendars couldn't be read, and what helps. */
export function describeCalendarError(code: string): ErrorDescription {
  if (code !== "clio_permission") return describeError(code);
  return {
    what: "Clio denied access to calendars.",
    next: "In Clio's developer portal, give the app the permission Calendars (read). If Clio still denies access after that, sign in at /connect again with the lookup account.",
  };
}

/** `Vacation, Court; all-day entries too; only for the calendar's owner`. */
export function formatCalendarChoice({
  eventTypes,
  includesAllDay,
  includesAttendees,
}: CalendarChoice): string {
  return [
    eventTypes.map(({ name }) => name).join(", "),
    includesAllDay ? "all-day entries too" : "without all-day entries",
    includesAttendees ? "for attendees too" : "only for the calendar's owner",
  ].join("; ");
}

/** `14 days`, `42 hours`. */
export function formatHorizon(milliseconds: number): string {
  const hours = Math.floor(milliseconds / 3_600_000);
  return hours >= 48 ? formatCountOf(Math.floor(hours / 24), "day") : formatCountOf(hours, "hour");
}

/** Whether the user may change an absence. Those from Clio's calendar are changed in Clio. */
export function canChange(
  { id, userId }: Pick<ListedAbsence, "id" | "userId">,
  { isAdministrator, myUserId }: Pick<AwayPage, "isAdministrator" | "myUserId">,
): boolean {
  return id !== null && (isAdministrator || userId === myUserId);
}

/** The name of a user; a user whom Clio doesn't have anymore has none. */
export function nameOf(userId: number, names: ReadonlyMap<number, string>): string {
  return names.get(userId) ?? `User ${userId}`;
}

/** `Mon, Nov 30, 2026, 9:00 AM`. Without the time at the beginning of a day, or, for an end, at the end of one. */
export function formatAbsenceTime(moment: number, timeZone: string, edge: "start" | "end"): string {
  const isMidnight =
    timeFormat(timeZone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment) === "00:00";
  const date: Intl.DateTimeFormatOptions = {
    weekday: "short",
    month: "short",
    day: "numeric",
    year: "numeric",
  };
  if (isMidnight) return timeFormat(timeZone, date).format(edge === "end" ? moment - 1 : moment);
  return timeFormat(timeZone, { ...date, hour: "numeric", minute: "2-digit" }).format(moment);
}

/** `Fri, Nov 27, 2026 to Mon, Nov 30, 2026`, `from Fri, Nov 27, 2026, with no end date`. */
export function formatAbsence(absence: Pick<ListedAbsence, "from" | "until">, timeZone: string): string {
  return absencePieces(absence, timeZone).join(" ");
}

/** As `formatAbsence`, in the pieces between which a line may break. */
export function absencePieces(
  { from, until }: Pick<ListedAbsence, "from" | "until">,
  timeZone: string,
): string[] {
  const start = formatAbsenceTime(from, timeZone, "start");
  if (until === null) return [`from ${start},`, "with no end date"];
  const end = formatAbsenceTime(until, timeZone, "end");
  return start === end ? [start] : [start, `to ${end}`];
}

const AND = new Intl.ListFormat("en", { type: "conjunction" });

/** Who is away and who takes the calls, as sentences. */
export function describeAwayToday({ person, until, takenBy }: AwayToday, timeZone: string): string {
  const end = until === null ? "" : ` until ${formatAbsenceTime(Date.parse(until), timeZone, "end")}`;
  const names = AND.format(takenBy.map(({ name }) => name.trim()));
  const outcome = names === "" ? "The receptionist takes a message." : `Calls go to ${names} meanwhile.`;
  return `${person.name.trim()} is away${end}. ${outcome}`;
}

/** Why someone needs a rule who takes calls while others are away. */
export function describeCover(covers: readonly NamedStaffMember[]): string {
  return `Takes calls while ${OR.format(covers.map(({ name }) => name.trim()))} is away.`;
}

const OR = new Intl.ListFormat("en", { type: "disjunction" });

/** What keeps a stand-in from taking calls, as a sentence. */
export function describeConflict(conflict: StandInConflict, name: string, timeZone: string): string {
  switch (conflict.kind) {
    case "away":
      return `${name} is away too (${formatAbsence(conflict, timeZone)}). Calls then go to the next person on the matter.`;
    case "not_dialable":
      return `${name} can't be dialed: the user is disabled or missing in Clio, or has no phone number there.`;
    case "no_rule":
      return `The transfer rule of ${name} isn't marked as added to Upfirst. Without it, Upfirst can't transfer to ${name}.`;
  }
}

function timeFormat(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en", { ...options, timeZone });
}
