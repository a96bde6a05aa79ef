import type { ClioAccess } from "../clio/paging.ts";
import { listCalendarEntries } from "../clio/resources/calendar-entries.ts";
import { listCalendars } from "../clio/resources/calendars.ts";
import { listUsers } from "../clio/resources/users.ts";
import { ClioRateLimitedError, ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import { isTimeZone, openTimeZone } from "../runtime/time-zone.ts";
import type { CalendarOwner } from "../store/repositories/absence-calendars.ts";
import type { Store } from "../store/store.ts";
import { calendarAbsences } from "./calendar-absences.ts";

interface CalendarParts {
  readonly store: Pick<Store, "absenceCalendars" | "firms">;
  /** Clio as the firm's lookup account sees it. */
  readonly clio: ClioAccess;
  /** The time zone of firms that have none of their own, an IANA name. */
  readonly defaultTimeZone: string;
  readonly now: () => number;
}

const DAY_MS = 24 * 60 * 60_000;
/** Entries that far ahead count, and are shown on `/away`. */
const DAYS_AHEAD = 14;

/**
 * Reads the entries of the next days from a firm's calendars, if it has chosen that they count. That takes one request,
 * unless the firm has more than 200 of them.
 *
 * Records a failure rather than throwing it: contacts and matters must be read even if calendars can't be.
 * @param options.withOwners also finds out again whose calendars there are, with two more requests
 * Throws `ClioRateLimitedError`, so that the step is retried soon.
 */
export async function readCalendars(
  { store, clio, defaultTimeZone, now }: CalendarParts,
  firmId: string,
  context: RequestContext,
  { withOwners }: { withOwners: boolean },
): Promise<void> {
  const calendar = await store.absenceCalendars.find(firmId);
  if (!calendar) return;
  try {
    const startedAt = now();
    const known = withOwners ? null : calendar.entries;
    const { owners, hiddenUserIds } = known ?? (await readOwners(clio, context));
    const range = { from: startedAt - DAY_MS, to: startedAt + DAYS_AHEAD * DAY_MS };
    const entries = await listCalendarEntries(clio, range, context);
    const firm = await store.firms.find(firmId);
    const timeZone = openTimeZone(firm?.timeZone ?? defaultTimeZone);
    const absences = calendarAbsences(entries, calendar.choice, owners, timeZone);
    const read = { absences, owners, hiddenUserIds };
    await store.absenceCalendars.recordEntries(firmId, calendar.choice, read, startedAt);
  } catch (error) {
    if (!(error instanceof ServiceError) || error instanceof ClioRateLimitedError) throw error;
    await store.absenceCalendars.recordError(firmId, error.code);
  }
}

/** Whose calendars there are, and the enabled users whose calendar can't be seen. */
async function readOwners(
  clio: ClioAccess,
  context: RequestContext,
): Promise<{ owners: CalendarOwner[]; hiddenUserIds: number[] }> {
  const [users, calendars] = [await listUsers(clio, context), await listCalendars(clio, context)];
  const visibleIds = new Set(calendars.map(({ id }) => id));
  const owners = users.flatMap(({ id, defaultCalendarId, timeZone }) =>
    defaultCalendarId !== null && visibleIds.has(defaultCalendarId)
      ? [
          {
            calendarId: defaultCalendarId,
            userId: id,
            timeZone: timeZone !== null && isTimeZone(timeZone) ? timeZone : null,
          },
        ]
      : [],
  );
  const seen = new Set(owners.map(({ userId }) => userId));
  const hidden = users.filter(({ id, enabled }) => enabled !== false && !seen.has(id));
  return { owners, hiddenUserIds: hidden.map(({ id }) => id) };
}
