import { Router } from "express";
import type { FirmCalendar, FirmEventType } from "../../firms/firm-calendars.ts";
import { type ApiResponse, matchesAll, sendList, sinceFilters } from "../endpoint.ts";

/** `GET /calendars`, those that the user may see, and `GET /calendar_entry_event_types`. */
export function calendars(): Router {
  const router = Router();

  router.get("/calendars", (request, response: ApiResponse) => {
    sendList<FirmCalendar>(request, response, "Calendar", (parameters) => {
      const { viewer } = response.locals;
      const { calendars, users } = viewer.records;
      const ids = parameters.integers("ids[]");
      const type = parameters.oneOf("type", ["AccountCalendar", "AdhocCalendar", "UserCalendar"]);
      const owner = parameters.flag("owner");
      const writeable = parameters.flag("writeable");
      const isOwn = ({ owner_id }: FirmCalendar) => owner_id === viewer.user.id;
      return {
        collection: calendars,
        items: ids && calendars.getMany(ids),
        maxLimit: 200,
        orders: ["name"],
        filter: matchesAll<FirmCalendar>([
          (calendar) => viewer.canSeeCalendar(calendar),
          type && ((calendar) => calendar.type === type),
          owner !== undefined && ((calendar) => isOwn(calendar) === owner),
          writeable !== undefined && ((calendar) => isOwn(calendar) === writeable),
          // Every calendar is visible in the sandbox's pages.
          parameters.flag("visible") === false && (() => false),
          parameters.flag("filter_inactive_users") &&
            (({ owner_id }) => owner_id === null || users.get(owner_id)?.enabled === true),
          ...sinceFilters<FirmCalendar>(parameters),
        ]),
      };
    });
  });

  router.get("/calendar_entry_event_types", (request, response: ApiResponse) => {
    sendList<FirmEventType>(request, response, "CalendarEntryEventType", (parameters) => {
      const { eventTypes } = response.locals.viewer.records;
      const ids = parameters.integers("ids[]");
      return {
        collection: eventTypes,
        items: ids && eventTypes.getMany(ids),
        maxLimit: 200,
        orders: [],
        filter: matchesAll<FirmEventType>(sinceFilters<FirmEventType>(parameters)),
      };
    });
  });

  return router;
}
