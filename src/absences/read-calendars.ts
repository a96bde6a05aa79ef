import type { ClioAccess, Page } from "../clio/paging.ts";
import { type CalendarEntry, readCalendarEntriesPage } from "../clio/resources/calendar-entries.ts";
import { listCalendars } from "../clio/resources/calendars.ts";
import { listUsers } from "../clio/resources/users.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { CalendarChoice, CalendarEntries } from "../store/repositories/absence-calendars.ts";
import { type CalendarPeople, toCalendarAbsences } from "./calendar-absences.ts";

interface UpcomingQuery {
  readonly choice: CalendarChoice;
  readonly people: CalendarPeople;
  /** How far ahead to read; null for the first time. */
  readonly horizonMs: number | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const HOUR_MS = 60 * 60_000;
const MAX_HORIZON_MS = 14 * 24 * HOUR_MS;
/** Longer than a few polls, so that one that fails leaves no gap. */
const MIN_HORIZON_MS = 2 * HOUR_MS;
/** Half a page: at more, less is read the next time, before the entries need a second page. */
const MAX_COMFORTABLE_ENTRIES = 100;
/** Time zones are up to 12 hours behind UTC, and 14 hours ahead of it. */
const MAX_ZONE_BEHIND_MS = 12 * HOUR_MS;
const MAX_ZONE_AHEAD_MS = 14 * HOUR_MS;

/**
 * Reads who is away now and later by the entries of a firm's calendars. That is one request unless the entries don't fit on
 * a page; then it reads less far ahead, and, at the shortest, all pages (docs/explanation/how-fresh.md, "Clio's calendar").
 * @param clio Clio as the lookup account sees it
 * Throws as `ClioAccess.request` does.
 */
export async function readUpcomingAbsences(
  clio: ClioAccess,
  { choice, people, horizonMs, now }: UpcomingQuery,
  context: RequestContext,
): Promise<Pick<CalendarEntries, "absences" | "horizonMs">> {
  const { includesAllDay } = choice;
  const readFrom = (horizon: number, next: string | null = null) => {
    const range = {
      // Clio compares all-day entries in a time zone that it doesn't publish.
      from: now - (includesAllDay ? MAX_ZONE_BEHIND_MS : 0),
      to: now + horizon + (includesAllDay ? MAX_ZONE_AHEAD_MS : 0),
      includesAllDay,
    };
    return readCalendarEntriesPage(clio, range, next, context);
  };

  let horizon = horizonMs ?? MAX_HORIZON_MS;
  let page: Page<CalendarEntry> = await readFrom(horizon);
  while (page.next !== null && horizon > MIN_HORIZON_MS) {
    horizon = shorter(horizon);
    page = await readFrom(horizon);
  }
  const entries = [...page.records];
  while (page.next !== null) {
    page = await readFrom(horizon, page.next);
    entries.push(...page.records);
  }
  return {
    absences: toCalendarAbsences(entries, choice, people).filter(({ until }) => until > now),
    horizonMs: entries.length > MAX_COMFORTABLE_ENTRIES ? shorter(horizon) : horizon,
  };
}

/**
 * Reads who is away by a firm's calendars, and whose calendars can't be seen. It takes two requests more than
 * `readUpcomingAbsences`, and begins with the longest time ahead again.
 * Throws as `ClioAccess.request` does.
 */
export async function readCalendars(
  clio: ClioAccess,
  { choice, defaultTimeZone, now }: Pick<UpcomingQuery, "choice" | "now"> & { defaultTimeZone: string },
  context: RequestContext,
): Promise<CalendarEntries> {
  const users = await listUsers(clio, context);
  const visible = new Set((await listCalendars(clio, context)).map(({ id }) => id));
  const query = { choice, people: { users, defaultTimeZone }, horizonMs: null, now };
  return {
    ...(await readUpcomingAbsences(clio, query, context)),
    hiddenUserIds: users
      .filter(({ enabled, defaultCalendarId }) => enabled !== false && !visible.has(defaultCalendarId ?? 0))
      .map(({ id }) => id),
  };
}

function shorter(horizonMs: number): number {
  return Math.max(MIN_HORIZON_MS, horizonMs / 2);
}
