import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";
import { CALENDARS_PERMISSION } from "./calendars.ts";

const EventTypeRecord = z
  .object({ id: z.number().int(), name: z.string().nullish() })
  .transform(({ id, name }) => ({ id, name: name ?? null }));

/** A kind of calendar entry that the firm has defined, such as "Vacation". */
export type CalendarEventType = z.infer<typeof EventTypeRecord>;

const EventTypePage = pageSchema(EventTypeRecord);

/** Lists the firm's kinds of calendar entry. Throws as `ClioAccess.request` does. */
export function listCalendarEventTypes(
  clio: ClioAccess,
  context: RequestContext,
): Promise<CalendarEventType[]> {
  return readAllPages(
    clio,
    {
      path: "/api/v4/calendar_entry_event_types.json",
      params: { fields: "id,name" },
      page: EventTypePage,
      permission: CALENDARS_PERMISSION,
      unordered: true,
    },
    context,
  );
}
