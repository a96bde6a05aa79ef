/** How the platforms that report calls write times and durations. */

const MIN_UNIX_SECONDS = Date.UTC(2000, 0) / 1000;
const MAX_UNIX_SECONDS = Date.UTC(2100, 0) / 1000;

/**
 * Reads a time: ISO 8601 with a time zone (or UTC without one), Unix seconds, or Unix milliseconds.
 *
 * @returns milliseconds since 1970; null if it is none of these
 */
export function parseTime(text: string): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    const milliseconds = number > MAX_UNIX_SECONDS ? number : number * 1000;
    const isPlausible = milliseconds >= MIN_UNIX_SECONDS * 1000 && milliseconds <= MAX_UNIX_SECONDS * 1000;
    return isPlausible ? Math.round(milliseconds) : null;
  }
  const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!iso) return null;
  // A space instead of the plus is a plus that wasn't encoded, and has no match above.
  const time = Date.parse(iso[3] ? text.replace(",", ".") : `${text.replace(",", ".")}Z`);
  return Number.isNaN(time) ? null : time;
}

const MAX_DURATION_SECONDS = 24 * 60 * 60;

/**
 * Reads a duration: seconds, `m:ss` or `h:mm:ss`.
 *
 * @returns whole seconds; null if it is none of these, or more than a day
 */
export function parseDuration(text: string): number | null {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text)) : parseClock(text);
  return seconds !== null && seconds <= MAX_DURATION_SECONDS ? seconds : null;
}

function parseClock(text: string): number | null {
  const clock = /^(?:(\d{1,2}):)?(\d{1,3}):(\d{2})$/.exec(text);
  if (!clock) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = clock;
  if (Number(seconds) > 59 || (clock[1] !== undefined && Number(minutes) > 59)) return null;
  return (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
}
