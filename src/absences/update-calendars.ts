import type { ClioAccess } from "../clio/paging.ts";
import { ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { AbsenceCalendar, CalendarEntries } from "../store/repositories/absence-calendars.ts";
import type { Store } from "../store/store.ts";
import type { CalendarUser } from "./calendar-absences.ts";
import { readCalendars, readUpcomingAbsences } from "./read-calendars.ts";

interface CalendarParts {
  readonly store: Pick<Store, "absenceCalendars" | "firms">;
  /** Clio as the firm's lookup account sees it. */
  readonly clio: ClioAccess;
  /** The time zone of firms that have none of their own, an IANA name. */
  readonly defaultTimeZone: string;
  readonly now: () => number;
}

/**
 * Reads and stores who is away by a firm's calendars, if the firm has chosen that they count.
 * @param users the firm's users, with their calendars
 * @returns why it failed, unless it failed the last time too. A failure in Clio isn't thrown, because calls can be routed
 * without calendars; it is stored, and what was read before stays.
 */
export function pollCalendars(
  parts: CalendarParts,
  firmId: string,
  users: readonly CalendarUser[],
  context: RequestContext,
): Promise<ServiceError | null> {
  return update(parts, firmId, async ({ choice, entries }, defaultTimeZone, now) => {
    const people = { users, defaultTimeZone };
    const query = { choice, people, horizonMs: entries?.horizonMs ?? null, now };
    const upcoming = await readUpcomingAbsences(parts.clio, query, context);
    return { ...upcoming, hiddenUserIds: entries?.hiddenUserIds ?? [] };
  });
}

/** Like `pollCalendars`, and finds out whose calendars the lookup account can see. That takes two requests more. */
export function syncCalendars(
  parts: CalendarParts,
  firmId: string,
  context: RequestContext,
): Promise<ServiceError | null> {
  return update(parts, firmId, ({ choice }, defaultTimeZone, now) =>
    readCalendars(parts.clio, { choice, defaultTimeZone, now }, context),
  );
}

async function update(
  { store, now, defaultTimeZone }: CalendarParts,
  firmId: string,
  read: (calendar: AbsenceCalendar, defaultTimeZone: string, now: number) => Promise<CalendarEntries>,
): Promise<ServiceError | null> {
  const calendar = await store.absenceCalendars.find(firmId);
  if (calendar === null) return null;
  const firm = await store.firms.find(firmId);
  const startedAt = now();
  try {
    const entries = await read(calendar, firm?.timeZone ?? defaultTimeZone, startedAt);
    await store.absenceCalendars.recordEntries(firmId, calendar.choice, entries, startedAt);
    return null;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    await store.absenceCalendars.recordError(firmId, error.code);
    return error.code === calendar.lastErrorCode ? null : error;
  }
}
