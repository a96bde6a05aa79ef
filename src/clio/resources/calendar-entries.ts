import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, type Page, pageSchema, readPage } from "../paging.ts";
import { CALENDARS_PERMISSION } from "./calendars.ts";

/** One occurrence of a calendar entry. What it is about isn't read. */
export interface CalendarEntry {
  readonly id: string;
  /** As Clio writes them. Of an all-day entry only the dates count (docs/explanation/how-clio-behaves.md, "Calendars"). */
  readonly startAt: string;
  readonly endAt: string;
  readonly allDay: boolean;
  /** The calendar it is on. */
  readonly calendarId: number | null;
  readonly eventTypeId: number | null;
  /** Other calendars that attend. */
  readonly attendeeCalendarIds: readonly number[];
}

const CalendarEntryRecord = z
  .object({
    // Clio describes it as text; an occurrence's ID isn't a number.
    id: z.union([z.string(), z.number().int().transform(String)]),
    start_at: z.string().nullish(),
    end_at: z.string().nullish(),
    all_day: z.boolean().nullish(),
    calendar_owner_id: z.number().int().nullish(),
    calendar_entry_event_type: z.object({ id: z.number().int() }).nullish(),
    attendees: z.array(z.object({ id: z.number().int(), type: z.string().nullish() }).nullable()).nullish(),
  })
  .transform((record): CalendarEntry | null => {
    const { start_at: startAt, end_at: endAt } = record;
    // Without both times it says nothing about when.
    if (!startAt || !endAt) return null;
    return {
      id: record.id,
      startAt,
      endAt,
      allDay: record.all_day ?? false,
      calendarId: record.calendar_owner_id ?? null,
      eventTypeId: record.calendar_entry_event_type?.id ?? null,
      attendeeCalendarIds: (record.attendees ?? []).flatMap((each) =>
        each?.type === "Calendar" ? each.id : [],
      ),
    };
  });

const CalendarEntryPage = pageSchema(CalendarEntryRecord).transform(
  ({ records, ...page }): Page<CalendarEntry> => ({
    ...page,
    records: records.filter((entry) => entry !== null),
  }),
);

const FIELDS =
  "id,start_at,end_at,all_day,calendar_owner_id,calendar_entry_event_type{id},attendees{id,type}";

/** Which entries to list. */
export interface CalendarEntryQuery {
  /** Entries that end at or after this moment, in milliseconds since 1970. */
  readonly from: number;
  /** Entries that begin at or before this moment. */
  readonly to: number;
  /** Whether to include all-day entries. */
  readonly includesAllDay: boolean;
}

/**
 * Reads one page of the entries of the calendars that the connected user may see, each occurrence of a recurring entry by
 * itself, in no particular order.
 * @param next the page's URL from the page before; null for the first page
 * Throws as `ClioAccess.request` does.
 */
export function readCalendarEntriesPage(
  clio: ClioAccess,
  { from, to, includesAllDay }: CalendarEntryQuery,
  next: string | null,
  context: RequestContext,
): Promise<Page<CalendarEntry>> {
  const params = {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    expanded: "true",
    fields: FIELDS,
    ...(!includesAllDay && { is_all_day: "false" }),
  };
  return readPage(
    clio,
    {
      path: "/api/v4/calendar_entries.json",
      params,
      page: CalendarEntryPage,
      permission: CALENDARS_PERMISSION,
      unordered: true,
    },
    next,
    context,
  );
}
