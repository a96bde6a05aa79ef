import type { FirmUser } from "../firms/firm.ts";
import type { FirmCalendarEntry } from "../firms/firm-calendars.ts";
import { zoneOffsetMs } from "../firms/local-time.ts";
import type { Viewer } from "../firms/viewer.ts";
import { type Html, html } from "./html.ts";

const DAY_MS = 24 * 3_600_000;

/** A user's calendar entries, with a form to add one. Nothing if the viewer may not see the calendar. */
export function calendarSection(viewer: Viewer, user: FirmUser, nowMs: number): Html | false {
  const { calendars, calendarEntries, eventTypes } = viewer.records;
  const calendar = calendars.get(user.default_calendar_id);
  if (!calendar || !viewer.hasPermission("calendars")) return false;
  if (!viewer.canSeeCalendar(calendar)) return html`<h2>Calendar</h2><p>Hidden from you.</p>`;
  const entries = calendarEntries.items.filter(({ calendar_owner_id }) => calendar_owner_id === calendar.id);
  return html`<h2>Calendar</h2>
      <p>Times are in the ${user.time_zone} time zone.</p>
      ${
        entries.length > 0 &&
        html`<div class="scroll"><table>
        <thead><tr><th scope="col">Entry</th><th scope="col">Kind</th><th scope="col">From</th><th scope="col">Until</th><th scope="col">Remove</th></tr></thead>
        <tbody>${entries.map((entry) => entryRow(entry, user, viewer))}
        </tbody>
      </table></div>`
      }
      <form class="edit-form card" method="post" action="/sandbox/users/${user.id}/calendar-entries">
        <h3>Add entry</h3>
        <label>Title <input type="text" name="summary" autocomplete="off" required></label>
        <label>Kind
          <select name="event_type">
            <option value="">None</option>
            ${eventTypes.items.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
          </select>
        </label>
        <label>From <input type="datetime-local" name="from" value="${toLocal(nowMs, user.time_zone)}" required></label>
        <label>Until <input type="datetime-local" name="until" value="${toLocal(nowMs + 3_600_000, user.time_zone)}" required></label>
        <label class="choice"><input type="checkbox" name="all_day" value="true"> All day</label>
        <p><button>Add</button></p>
      </form>`;
}

function entryRow(entry: FirmCalendarEntry, user: FirmUser, viewer: Viewer): Html {
  const kind = viewer.records.eventTypes.get(entry.calendar_entry_event_type_id)?.name;
  const [from, until] = entry.all_day
    ? [entry.start_at.slice(0, 10), toLocal(Date.parse(entry.end_at) - DAY_MS, "UTC").slice(0, 10)]
    : [entry.start_at, entry.end_at].map((time) =>
        toLocal(Date.parse(time), user.time_zone).replace("T", " "),
      );
  return html`
          <tr><td>${entry.summary}${entry.recurrence_rule && " (recurring)"}</td><td>${kind ?? "–"}</td><td>${from}</td><td>${until}</td>
            <td><form method="post" action="/sandbox/users/${user.id}/calendar-entries/${entry.id}/delete"><button class="quiet">Remove<span class="visually-hidden"> ${entry.summary}</span></button></form></td></tr>`;
}

/** The value of a `datetime-local` input. */
function toLocal(timeMs: number, zone: string): string {
  return new Date(timeMs + zoneOffsetMs(timeMs, zone)).toISOString().slice(0, 16);
}
