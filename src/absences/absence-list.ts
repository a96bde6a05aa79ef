import { type AbsencePeriod, isDuring } from "../calls/absence.ts";
import type { CalendarAbsence } from "../store/repositories/absence-calendars.ts";
import type { EnteredAbsence } from "../store/repositories/absences.ts";

/** Why a stand-in may not take the calls. */
export type StandInConflict =
  /** They are away for at least part of the time. */
  | { readonly kind: "away"; readonly from: number; readonly until: number | null }
  /** They aren't in Clio, are disabled there, or have no number that can be dialed. */
  | { readonly kind: "not_dialable" }
  /** Their transfer rule isn't marked as added to Upfirst. */
  | { readonly kind: "no_rule" };

/** An absence as `/away` lists it. */
export interface ListedAbsence {
  readonly userId: number;
  readonly from: number;
  readonly until: number | null;
  readonly standInId: number | null;
  readonly note: string | null;
  readonly conflicts: readonly StandInConflict[];
  /** Null for one from Clio's calendar, which is changed there. */
  readonly id: string | null;
}

interface Known {
  readonly entered: readonly EnteredAbsence[];
  readonly fromCalendars: readonly CalendarAbsence[];
  /** Users who can be dialed. */
  readonly standInIds: ReadonlySet<number>;
  /** Users whose transfer rule is marked as added to Upfirst. */
  readonly withRuleIds: ReadonlySet<number>;
}

/**
 * Who is away now and who will be, those who are away first, each with what keeps the stand-in from taking calls.
 * @param now milliseconds since 1970
 */
export function listAbsences(known: Known, now: number): { now: ListedAbsence[]; later: ListedAbsence[] } {
  const periods: AbsencePeriod[] = [
    ...known.entered,
    ...known.fromCalendars.map((absence) => ({ ...absence, standInId: null })),
  ];
  const listed: ListedAbsence[] = [
    ...known.entered.map((absence) => ({ ...absence, conflicts: conflictsOf(absence, periods, known, now) })),
    ...known.fromCalendars.map((absence) => ({
      ...absence,
      standInId: null,
      note: null,
      conflicts: [],
      id: null,
    })),
  ].toSorted((one, other) => one.from - other.from || one.userId - other.userId);
  return {
    now: listed.filter((absence) => isDuring(absence, now)),
    later: listed.filter(({ from }) => from > now),
  };
}

function conflictsOf(
  absence: EnteredAbsence,
  periods: readonly AbsencePeriod[],
  { standInIds, withRuleIds }: Known,
  now: number,
): StandInConflict[] {
  const { standInId } = absence;
  if (standInId === null) return [];
  if (!standInIds.has(standInId)) return [{ kind: "not_dialable" }];
  const away = periods
    .filter((period) => period.userId === standInId && overlaps(period, absence) && !isOver(period, now))
    .map(({ from, until }) => ({ kind: "away" as const, from, until }));
  return withRuleIds.has(standInId) ? away : [...away, { kind: "no_rule" }];
}

type Span = Pick<AbsencePeriod, "from" | "until">;

function overlaps(one: Span, other: Span): boolean {
  return (other.until === null || one.from < other.until) && (one.until === null || other.from < one.until);
}

function isOver({ until }: Span, now: number): boolean {
  return until !== null && until <= now;
}
