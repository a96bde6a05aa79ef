import type { StaffMember } from "./matter.ts";

/** A time during which a user takes no calls. Moments are milliseconds since 1970. */
export interface AbsencePeriod {
  readonly userId: number;
  readonly from: number;
  /** The first moment at which the user is back; null if no end is known. */
  readonly until: number | null;
  /** The user who takes their calls meanwhile. */
  readonly standInId: number | null;
}

/** The absence of one user at the moment of a call. */
export interface Absence {
  /** When the user is back, with the offset of the firm's time zone (`2026-11-27T17:00:00-08:00`); null if no end is known. */
  readonly until: string | null;
  /** The user who takes their calls; null if they chose no one, or someone who isn't in Clio. */
  readonly standIn: StaffMember | null;
}

/** Who is away at the moment of a call. It is one moment for the whole call, however many matters are compared. */
export interface Absences {
  /** Returns null for a user who is there. */
  of(userId: number): Absence | null;
}

/** For a firm whose staff are all there, and for questions that absences don't concern. */
export const NOBODY_AWAY: Absences = { of: () => null };

/** The absence periods of a firm, by user ID. */
export type PeriodsByUser = ReadonlyMap<number, readonly AbsencePeriod[]>;

interface FirmAbsences {
  readonly periods: PeriodsByUser;
  /** Finds a user of the firm. */
  readonly findUser: (userId: number) => StaffMember | null;
  /** Writes a moment in the firm's time zone. */
  readonly formatTime: (moment: number) => string;
}

/**
 * Who is away at one moment (docs/explanation/who-is-found.md#absences). Only the periods of users who are asked about are
 * looked at, so that many absences in a firm don't slow its calls.
 * @param moment milliseconds since 1970
 */
export function absencesAt(moment: number, { periods, findUser, formatTime }: FirmAbsences): Absences {
  return {
    of(userId) {
      const ofUser = periods.get(userId);
      const current = ofUser?.filter((period) => isDuring(period, moment));
      if (!ofUser || !current || current.length === 0) return null;
      // A day in court during a vacation doesn't end the arrangement for the vacation.
      const withStandIn = current
        .filter(({ standInId }) => standInId !== null)
        .toSorted(latestBeginningFirst);
      const standInId = withStandIn[0]?.standInId ?? null;
      const end = endOfAbsence(ofUser, current);
      return {
        until: end === null ? null : formatTime(end),
        standIn: standInId === null ? null : findUser(standInId),
      };
    },
  };
}

/** Whether a period includes a moment: its first moment does, its last doesn't. */
export function isDuring({ from, until }: Pick<AbsencePeriod, "from" | "until">, moment: number): boolean {
  return from <= moment && (until === null || moment < until);
}

function latestBeginningFirst(one: AbsencePeriod, other: AbsencePeriod): number {
  return other.from - one.from || (one.standInId ?? 0) - (other.standInId ?? 0);
}

/** When the user is back, which may be after periods that follow without a gap; null if no end is known. */
function endOfAbsence(periods: readonly AbsencePeriod[], current: readonly AbsencePeriod[]): number | null {
  let end = latestEnd(current);
  for (const period of periods.toSorted((one, other) => one.from - other.from)) {
    if (end === null) return null;
    if (period.from <= end) end = latestEnd([period, { until: end }]);
  }
  return end;
}

function latestEnd(periods: readonly Pick<AbsencePeriod, "until">[]): number | null {
  return periods.reduce<number | null>(
    (latest, { until }) => (latest === null || until === null ? null : Math.max(latest, until)),
    Number.NEGATIVE_INFINITY,
  );
}
