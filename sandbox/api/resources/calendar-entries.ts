import { Router } from "express";
import { Collection } from "../../firms/collection.ts";
import type { FirmCalendarEntry } from "../../firms/firm-calendars.ts";
import { type ListedEntry, listedEntry, listedOccurrence } from "../../firms/listed-entry.ts";
import { occurrencesOf } from "../../firms/recurrence.ts";
import type { Viewer } from "../../firms/viewer.ts";
import {
  type ApiResponse,
  idFromPath,
  matchesAll,
  queryFilter,
  sendList,
  sendRecord,
  sinceFilters,
} from "../endpoint.ts";
import type { Parameters } from "../parameters.ts";

const YEAR_MS = 366 * 24 * 3_600_000;

/**
 * `GET /calendar_entries` and `GET /calendar_entries/:id`, of calendars that the user may see. There is no filter by
 * user: Clio ignores an unknown parameter such as `calendar_owner_id`, and sends the entries of every calendar.
 * Source: docs/explanation/how-clio-behaves.md, "Calendars".
 */
export function calendarEntries(now: () => number): Router {
  const router = Router();

  router.get("/calendar_entries", (request, response: ApiResponse) => {
    sendList<ListedEntry>(request, response, "CalendarEntry", (parameters) => {
      const collection = new Collection(listEntries(parameters, response.locals.viewer, now()));
      return { collection, maxLimit: 200, orders: [] };
    });
  });

  router.get("/calendar_entries/:id", (request, response: ApiResponse) => {
    const { viewer } = response.locals;
    const entry = viewer.records.calendarEntries.get(idFromPath(request));
    const isVisible = entry && viewer.canSeeCalendarEntry(entry);
    sendRecord(request, response, "CalendarEntry", isVisible ? listedEntry(entry) : undefined);
  });

  return router;
}

function listEntries(parameters: Parameters, viewer: Viewer, nowMs: number): ListedEntry[] {
  const from = parameters.time("from") ?? Number.NEGATIVE_INFINITY;
  const to = parameters.time("to") ?? Number.POSITIVE_INFINITY;
  const expanded = parameters.flag("expanded") ?? false;
  const matches = matchesAll(entryFilters(parameters, viewer)) ?? (() => true);
  // An entry that recurs for ever has to end somewhere.
  const untilMs = Number.isFinite(to) ? to : nowMs + YEAR_MS;
  return viewer.records.calendarEntries.items.filter(matches).flatMap((entry) => {
    const inRange = occurrencesOf(entry, untilMs).filter(
      ({ startMs, endMs }) => endMs >= from && startMs <= to,
    );
    if (entry.recurrence_rule === null || !expanded) return inRange.length > 0 ? [listedEntry(entry)] : [];
    return inRange.map((occurrence) => listedOccurrence(entry, occurrence));
  });
}

function entryFilters(parameters: Parameters, viewer: Viewer) {
  const ids = parameters.integers("ids[]");
  const calendar = parameters.integer("calendar_id");
  const matter = parameters.idOrNull("matter_id");
  const allDay = parameters.flag("is_all_day");
  const matches = queryFilter(parameters);
  return [
    (entry: FirmCalendarEntry) => viewer.canSeeCalendarEntry(entry),
    ids && ((entry: FirmCalendarEntry) => ids.includes(entry.id)),
    calendar !== undefined &&
      ((entry: FirmCalendarEntry) =>
        entry.calendar_owner_id === calendar ||
        entry.attendees.some(({ type, id }) => type === "Calendar" && id === calendar)),
    matter !== undefined && ((entry: FirmCalendarEntry) => entry.matter_id === matter),
    allDay !== undefined && ((entry: FirmCalendarEntry) => entry.all_day === allDay),
    matches &&
      ((entry: FirmCalendarEntry) => matches(`${entry.summary}\n${entry.description ?? ""}`.toLowerCase())),
    ...sinceFilters<FirmCalendarEntry>(parameters),
  ];
}
