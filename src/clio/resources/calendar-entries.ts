import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";
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

const CalendarEntryPage = pageSchema(CalendarEntryRecord);

const FIELDS =
  "id,start_at,end_at,all_day,calendar_owner_id,calendar_entry_event_type{id},attendees{id,type}";

/**
 * Lists the entries of the calendars that the connected user may see, each occurrence of a recurring entry by itself.
 * @param range epoch milliseconds: entries that end at or after `from` and begin at or before `to`
 * Throws as `ClioAccess.request` does.
 */
export async function listCalendarEntries(
  clio: ClioAccess,
  range: { from: number; to: number },
  context: RequestContext,
): Promise<CalendarEntry[]> {
  const params = {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    expanded: "true",
    fields: FIELDS,
  };
  const entries = await readAllPages(
    clio,
    {
      path: "/api/v4/calendar_entries.json",
      params,
      page: CalendarEntryPage,
      permission: CALENDARS_PERMISSION,
      unordered: true,
    },
    context,
  );
  return entries.filter((entry) => entry !== null);
}
