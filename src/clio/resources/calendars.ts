import { z } from "zod";
import type { RequestContext } from "../../runtime/request-context.ts";
import { type ClioAccess, pageSchema, readAllPages } from "../paging.ts";

/** The permission for calendars, their entries and the kinds of entry, as Clio's developer portal names it. */
export const CALENDARS_PERMISSION = "Calendars (read)";

const CalendarRecord = z
  .object({ id: z.number().int(), name: z.string().nullish(), type: z.string().nullish() })
  .transform(({ id, name, type }) => ({ id, name: name ?? null, isUserCalendar: type === "UserCalendar" }));

/** A calendar in Clio. A user's own is the one in the user's `defaultCalendarId`. */
export type ClioCalendar = z.infer<typeof CalendarRecord>;

const CalendarPage = pageSchema(CalendarRecord);

/** Lists the calendars that the connected user may see. Throws as `ClioAccess.request` does. */
export function listCalendars(clio: ClioAccess, context: RequestContext): Promise<ClioCalendar[]> {
  return readAllPages(
    clio,
    {
      path: "/api/v4/calendars.json",
      params: { fields: "id,name,type" },
      page: CalendarPage,
      permission: CALENDARS_PERMISSION,
    },
    context,
  );
}
