/**
 * Local times of one time zone. Of two moments with the same local time, when clocks go back, the earlier one counts. A
 * local time that is skipped, when clocks go forward, counts as the one that the clocks show instead.
 */
export interface TimeZone {
  /** An IANA name, such as `America/Los_Angeles`. */
  readonly name: string;
  /** Writes a moment with the zone's offset, to the second: `2026-11-27T17:00:00-08:00`. */
  format(moment: number): string;
  /** The local time of a moment, to the minute: `2026-11-27T17:00`. */
  toLocal(moment: number): string;
  /**
   * The moment of a local time, in milliseconds since 1970.
   * @param local `2026-11-27T17:00`, or `2026-11-27` for the beginning of a day
   * @returns null if there is no such date or time
   */
  toMoment(local: string): number | null;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Whether this is a name of a time zone that the runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    // The runtime takes offsets too, which know no daylight saving time.
    return /^[a-z]/i.test(name);
  } catch {
    return false;
  }
}

/**
 * Opens a time zone. That takes much longer than what can then be done with it, so keep it.
 * @throws RangeError if there is no such time zone
 */
export function openTimeZone(name: string): TimeZone {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });

  /** What the clocks show at a moment, as milliseconds since 1970 of a zone without an offset. */
  function clockAt(moment: number): number {
    const values = new Map(parts.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
    const value = (type: Intl.DateTimeFormatPartTypes) => values.get(type) ?? 0;
    return Date.UTC(
      value("year"),
      value("month") - 1,
      value("day"),
      value("hour"),
      value("minute"),
      value("second"),
    );
  }

  function offsetAt(moment: number): number {
    return clockAt(moment) - Math.floor(moment / 1000) * 1000;
  }

  return {
    name,

    format(moment) {
      const offset = offsetAt(moment);
      const minutes = Math.abs(Math.round(offset / MINUTE_MS));
      const sign = offset < 0 ? "-" : "+";
      return `${isoTo(moment + offset, "second")}${sign}${twoDigits(minutes / 60)}:${twoDigits(minutes % 60)}`;
    },

    toLocal: (moment) => isoTo(clockAt(moment), "minute"),

    toMoment(local) {
      const clock = Date.parse(`${local.includes("T") ? local : `${local}T00:00`}Z`);
      // `Date.parse` takes February 30 for March 2.
      if (Number.isNaN(clock) || !isoTo(clock, "minute").startsWith(local)) return null;
      // The offset changes at most once within two days, so both that can apply are found a day before and after.
      const offsets = [offsetAt(clock - DAY_MS), offsetAt(clock + DAY_MS)];
      const moments = offsets.map((offset) => clock - offset).filter((moment) => clockAt(moment) === clock);
      return moments.length > 0 ? Math.min(...moments) : clock - Math.min(...offsets);
    },
  };
}

function isoTo(clock: number, unit: "minute" | "second"): string {
  return new Date(clock).toISOString().slice(0, unit === "minute" ? 16 : 19);
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
