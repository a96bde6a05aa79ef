import type { RequestHandler, Response } from "express";
import { z } from "zod";
import { type CalendarKinds, readCalendarKinds } from "../../../absences/calendar-kinds.ts";
import { syncCalendars } from "../../../absences/update-calendars.ts";
import { REQUESTS_RESERVED_FOR_CALLS } from "../../../clio/rate-limits.ts";
import type { Services } from "../../../container.ts";
import { InvalidRequestError } from "../../../errors.ts";
import { auditContext } from "../../../http/audit-context.ts";
import { contextOf } from "../../../http/deadline.ts";
import { currentUser } from "../../../http/require-session.ts";
import type { RequestContext } from "../../../runtime/request-context.ts";
import { formatCalendarChoice } from "../../../views/away-page.ts";
import { parseForm } from "../../parse-input.ts";
import { textParameter } from "../../text-parameter.ts";

const BACK_TO_AWAY = { href: "/away", label: "Back to absences" };

/** `GET /away/calendar`: which kinds of entry in Clio's calendars mean that someone is away. Asks Clio for the kinds. */
export function awayCalendarPage(services: Services): RequestHandler {
  const { store, views, mirrorRequirements } = services;
  return async (_, response) => {
    // Calendars are read with the polls of a mirror.
    if (!mirrorRequirements) return response.redirect(302, "/away");
    const { firm, session } = currentUser(response);
    const calendar = await store.absenceCalendars.find(firm.id);
    const kinds = await withBackgroundContext(response, (context) => readKinds(services, response, context));
    response.send(views.awayCalendar({ csrf: session.csrf, choice: calendar?.choice ?? null, ...kinds }));
  };
}

function readKinds(
  { userClio }: Services,
  response: Response,
  context: RequestContext,
): Promise<CalendarKinds> {
  return readCalendarKinds(userClio(currentUser(response).connection), context);
}

/** Leaves Clio's requests for calls. */
async function withBackgroundContext<T>(
  response: Response,
  work: (context: RequestContext) => Promise<T>,
): Promise<T> {
  const pageContext = contextOf(response);
  const context = pageContext.fork(pageContext.remaining(), {
    reservedRequests: REQUESTS_RESERVED_FOR_CALLS,
  });
  try {
    return await work(context);
  } finally {
    context.close();
  }
}

const Id = textParameter(16).regex(/^[1-9][0-9]{0,15}$/, { error: "must be the ID of a kind of entry." });
const MAX_KINDS = 200;

const CalendarForm = z.object({
  event_type: z
    .union([Id.transform((id) => [id]), z.array(Id).max(MAX_KINDS)])
    .default([])
    .transform((ids) => ids.map(Number)),
  all_day: textParameter(10).optional(),
  attendees: textParameter(10).optional(),
});

/** `POST /away/calendar-kinds`: chooses which entries count, and reads them. Without any kind, calendars no longer count. */
export function chooseCalendars(services: Services): RequestHandler {
  const { store, recordAudit, firmClio, mirrorRequirements, settings, views, now } = services;
  return async (request, response) => {
    const { event_type: chosenIds, all_day, attendees } = parseForm(CalendarForm, request, BACK_TO_AWAY);
    if (!mirrorRequirements) return response.redirect(303, "/away");
    const context = auditContext(request, response);
    const { firmId } = context;
    if (chosenIds.length === 0) {
      await store.absenceCalendars.remove(firmId);
      await recordAudit({ ...context, kind: "absence_calendar_removed" });
      return response.redirect(303, "/away#calendar");
    }
    const kinds = await withBackgroundContext(response, (clio) => readKinds(services, response, clio));
    const choice = {
      eventTypes: kinds.eventTypes.filter(({ id }) => chosenIds.includes(id)),
      includesAllDay: all_day !== undefined,
      includesAttendees: attendees !== undefined,
    };
    if (kinds.problem) {
      const { csrf } = currentUser(response).session;
      const chosen = (await store.absenceCalendars.find(firmId))?.choice ?? null;
      response.status(503).send(views.awayCalendar({ csrf, choice: chosen, ...kinds }));
      return;
    }
    if (choice.eventTypes.length === 0)
      throw new InvalidRequestError(
        "Clio no longer has these kinds of entry. Choose from the current ones.",
        {
          next: { href: "/away/calendar", label: "Choose kinds of entry" },
        },
      );
    await store.absenceCalendars.choose(firmId, choice);
    await recordAudit({ ...context, kind: "absence_calendar_chosen", detail: formatCalendarChoice(choice) });
    const parts = { store, clio: firmClio(firmId), defaultTimeZone: settings.timeZone, now };
    // What can't be read now is read with the next poll.
    await withBackgroundContext(response, (clio) => syncCalendars(parts, firmId, clio));
    response.redirect(303, "/away#calendar");
  };
}
