import { formatClioTime } from "./clio-time.ts";
import type { FirmCalendarEntry } from "./firm-calendars.ts";
import type { Occurrence } from "./recurrence.ts";

/**
 * An entry as the API sends it, or one occurrence of a recurring entry. `id` is the sandbox's own, by which it pages;
 * `public_id` is what the client gets, because Clio's IDs of entries are text.
 */
export interface ListedEntry extends FirmCalendarEntry {
  readonly public_id: string;
  readonly parent_calendar_entry_id: number | null;
}

/** More than an entry has occurrences. */
const IDS_PER_ENTRY = 10_000;

/** The entry itself. */
export function listedEntry(entry: FirmCalendarEntry): ListedEntry {
  return {
    ...entry,
    id: entry.id * IDS_PER_ENTRY,
    public_id: String(entry.id),
    parent_calendar_entry_id: null,
  };
}

/** One occurrence of the entry, as Clio sends it for `expanded=true`. */
export function listedOccurrence(
  entry: FirmCalendarEntry,
  { index, startMs, endMs }: Occurrence,
): ListedEntry {
  return {
    ...entry,
    id: entry.id * IDS_PER_ENTRY + index,
    public_id: `${entry.id}-${index}`,
    parent_calendar_entry_id: entry.id,
    start_at: formatClioTime(startMs),
    end_at: formatClioTime(endMs),
  };
}
