const DAY_MS = 24 * 3_600_000;

/** How far a zone's clocks are ahead of UTC at this time, in milliseconds. `zone` is an IANA name. */
export function zoneOffsetMs(timeMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(timeMs);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(
    value("year"),
    value("month") - 1,
    value("day"),
    value("hour"),
    value("minute"),
    value("second"),
  );
  return local - Math.floor(timeMs / 1000) * 1000;
}

/** The time at which clocks in this zone show `text`, such as `2026-05-31T09:30`. NaN for any other text. */
export function parseLocalTime(text: string, zone: string): number {
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  if (Number.isNaN(local)) return local;
  const guess = local - zoneOffsetMs(local, zone);
  return local - zoneOffsetMs(guess, zone);
}

/** The same time of day in this zone, some days later. */
export function addDays(timeMs: number, days: number, zone: string): number {
  const shifted = timeMs + days * DAY_MS;
  return shifted + zoneOffsetMs(timeMs, zone) - zoneOffsetMs(shifted, zone);
}

/** Midnight at the beginning of this day in this zone. */
export function startOfDay(timeMs: number, zone: string): number {
  const localMs = timeMs + zoneOffsetMs(timeMs, zone);
  const midnight = timeMs - (((localMs % DAY_MS) + DAY_MS) % DAY_MS);
  return midnight + zoneOffsetMs(timeMs, zone) - zoneOffsetMs(midnight, zone);
}
