import type { FirmCalendarEntry } from "./firm-calendars.ts";
import { addDays } from "./local-time.ts";

/** One occurrence of a calendar entry. */
export interface Occurrence {
  /** 0 for the first. */
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
}

const DAY_MS = 24 * 3_600_000;
/** Ends an entry that recurs for ever. */
const MAX_OCCURRENCES = 1_000;
const RULE = /^RRULE:FREQ=(DAILY|WEEKLY)(?:;INTERVAL=(\d+))?(?:;COUNT=(\d+))?(?:;UNTIL=(\d{8})T\d{6}Z)?$/;

/** Whether the sandbox supports this recurrence rule: daily or weekly, with `INTERVAL`, `COUNT` and `UNTIL`. */
export function isRecurrenceRule(text: string): boolean {
  return RULE.test(text);
}

/**
 * The occurrences that begin at or before `untilMs`. Each has the time of day of the first one in the entry's time
 * zone, also after the clocks change. Throws for a rule that the sandbox doesn't support.
 */
export function occurrencesOf(entry: FirmCalendarEntry, untilMs: number): Occurrence[] {
  const startMs = Date.parse(entry.start_at);
  const lengthMs = Date.parse(entry.end_at) - startMs;
  const rule = parseRule(entry.recurrence_rule);
  const zone = entry.all_day ? "UTC" : entry.start_at_time_zone;
  const occurrences: Occurrence[] = [];
  for (let index = 0; index < rule.count; index += 1) {
    const at = addDays(startMs, index * rule.days, zone);
    if (index > 0 && at > Math.min(untilMs, rule.untilMs)) break;
    occurrences.push({ index, startMs: at, endMs: at + lengthMs });
  }
  return occurrences;
}

function parseRule(text: string | null) {
  if (text === null) return { days: 1, count: 1, untilMs: Number.POSITIVE_INFINITY };
  const [, frequency, interval = "1", count, until] = RULE.exec(text) ?? [];
  if (frequency === undefined) throw new Error(`the sandbox doesn't support the recurrence rule ${text}`);
  return {
    days: Number(interval) * (frequency === "WEEKLY" ? 7 : 1),
    count: Math.min(MAX_OCCURRENCES, count === undefined ? MAX_OCCURRENCES : Number(count)),
    // UNTIL includes its whole day.
    untilMs:
      until === undefined
        ? Number.POSITIVE_INFINITY
        : Date.parse(`${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6)}`) + DAY_MS,
  };
}
