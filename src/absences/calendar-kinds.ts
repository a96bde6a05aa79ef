import type { ClioAccess } from "../clio/paging.ts";
import { listCalendarEventTypes } from "../clio/resources/calendar-entry-event-types.ts";
import { ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";

/** The firm's kinds of calendar entry, to choose from. */
export interface CalendarKinds {
  readonly eventTypes: readonly { readonly id: number; readonly name: string }[];
  /** Why Clio didn't list them: the code of the error, and its sentence. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/** Lists the firm's kinds of calendar entry, or says why that isn't possible. */
export async function readCalendarKinds(clio: ClioAccess, context: RequestContext): Promise<CalendarKinds> {
  try {
    const eventTypes = await listCalendarEventTypes(clio, context);
    return {
      eventTypes: eventTypes.map(({ id, name }) => ({ id, name: name ?? `Kind ${id}` })),
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { eventTypes: [], problem: { code: error.code, detail: error.detail } };
  }
}
