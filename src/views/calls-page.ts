import type { VisibleCall } from "../call-log/visible-calls.ts";
import { CALL_OUTCOMES, type CallContent, type CallOutcome } from "../calls/call-record.ts";
import { transferDestination } from "../calls/transfer/destination.ts";
import type { CallCount, UnknownCaller } from "../store/repositories/call-list.ts";

/** What `/calls` shows. */
export interface CallsPage {
  readonly calls: readonly VisibleCall[];
  /** Why Clio couldn't be asked which calls the user may see; null if it was. Without it, no call is shown. */
  readonly problem: string | null;
  /** Calls that need a decision; on the first page only. */
  readonly undecided: readonly VisibleCall[];
  readonly chart: CallChart;
  /** Whether the firm has no calls at all. */
  readonly isEmpty: boolean;
  /** Whether this is the first page of all calls. */
  readonly isStart: boolean;
  readonly q: string;
  readonly outcome: CallOutcome | null;
  /** Whether only calls are listed whose person was away. */
  readonly away: boolean;
  /** The addresses of this list in other formats, and of its neighbors; null if there is none. */
  readonly addresses: {
    readonly csv: string;
    readonly json: string;
    readonly earlier: string | null;
    readonly newest: string | null;
  };
  readonly callLogDays: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What `/calls?show=unknown` shows: numbers that called at least twice, and that no contact has. */
export interface UnknownCallersPage {
  readonly callers: readonly UnknownCaller[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** How an outcome is shown: the sign says it without the color. */
export const OUTCOME_TEXTS: Readonly<Record<CallOutcome, { readonly sign: string; readonly label: string }>> =
  {
    routed: { sign: "→", label: "Routed to a person" },
    asked_back: { sign: "?", label: "Receptionist asked back" },
    nobody: { sign: "–", label: "No one to transfer to" },
    withheld: { sign: "×", label: "Number withheld" },
    error: { sign: "!", label: "Lookup failed" },
  };

export const OUTCOMES: readonly CallOutcome[] = CALL_OUTCOMES;

/** The numbers of calls, by day and outcome. */
export interface CallChart {
  /** Oldest first, without gaps. */
  readonly days: readonly ChartDay[];
  readonly totals: Readonly<Record<CallOutcome, number>>;
  readonly calls: number;
  /** Of the busiest day. */
  readonly maxCalls: number;
}

export interface ChartDay {
  /** In the firm's time zone: `2026-05-29` */
  readonly date: string;
  readonly counts: Readonly<Record<CallOutcome, number>>;
  readonly calls: number;
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * Adds up calls by day.
 * @param now milliseconds since 1970: the last day
 * @param timeZone an IANA name
 */
export function buildCallChart(
  counts: readonly CallCount[],
  { now, days, timeZone }: { now: number; days: number; timeZone: string },
): CallChart {
  // In the Swedish format, dates are ISO 8601.
  const format = new Intl.DateTimeFormat("sv", { timeZone });
  const byDate = new Map<string, Record<CallOutcome, number>>();
  const last = Date.parse(`${format.format(now)}T12:00:00Z`);
  for (let day = days - 1; day >= 0; day -= 1)
    byDate.set(new Date(last - day * DAY_MS).toISOString().slice(0, 10), noCalls());
  const totals = noCalls();
  for (const { from, outcome, calls } of counts) {
    const day = byDate.get(format.format(from));
    if (!day) continue;
    day[outcome] += calls;
    totals[outcome] += calls;
  }
  const list = [...byDate].map(([date, ofDay]) => ({ date, counts: ofDay, calls: sum(ofDay) }));
  return { days: list, totals, calls: sum(totals), maxCalls: Math.max(0, ...list.map(({ calls }) => calls)) };
}

/** A rectangle of the chart, in the units of its `viewBox`. */
export interface ChartBar {
  readonly outcome: CallOutcome;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size of the chart's `viewBox`. */
export const CHART_SIZE = { width: 600, height: 120 };

/** A column for each day with calls, from bottom to top in the order of `OUTCOMES`. */
export function chartBars({ days, maxCalls }: CallChart): ChartBar[] {
  const step = CHART_SIZE.width / days.length;
  return days.flatMap(({ counts }, index) => {
    let top = CHART_SIZE.height;
    return CALL_OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => {
      const height = round((counts[outcome] / maxCalls) * CHART_SIZE.height);
      top -= height;
      return {
        outcome,
        x: round(index * step + step * 0.1),
        y: round(top),
        width: round(step * 0.8),
        height,
      };
    });
  });
}

/** `212 of 260 calls in the last 30 days were routed to a person.` */
export function describeChart({ calls, totals, days }: CallChart): string {
  const period = days.length === 1 ? "today" : `in the last ${days.length} days`;
  const count = (number: number) => number.toLocaleString("en");
  if (calls === 0) return `No calls ${period}.`;
  return calls === 1
    ? `1 call ${period}. It was ${totals.routed === 1 ? "" : "not "}routed to a person.`
    : `${count(totals.routed)} of ${count(calls)} calls ${period} ${totals.routed === 1 ? "was" : "were"} routed to a person.`;
}

const DAY = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });

/** `2026-05-29` as `May 29`. */
export function formatDay(date: string): string {
  return DAY.format(Date.parse(date));
}

/** Who called, as the call's title. */
export function describeCaller({ call: { content, outcome }, contact, isOpen }: VisibleCall): string {
  if (contact) return contact.label ?? "Contact whose name Clio hides";
  if (outcome === "withheld") return "Withheld number";
  if (!isOpen || !content) return "Hidden caller";
  return formatCaller(content);
}

/** The caller's number for reading. */
export function formatCaller({ caller, callerEnding }: Pick<CallContent, "caller" | "callerEnding">): string {
  if (caller !== null) return formatNumber(caller);
  return callerEnding === null ? "Unknown number" : `Number ending in ${callerEnding}`;
}

/** @param e164 as `(415) 555-0171` in North America, otherwise as `+44 20 7946 0000` */
export function formatNumber(e164: string): string {
  return transferDestination(e164, "US").formattedDestination ?? e164;
}

function noCalls(): Record<CallOutcome, number> {
  return { routed: 0, asked_back: 0, nobody: 0, withheld: 0, error: 0 };
}

function sum(counts: Readonly<Record<CallOutcome, number>>): number {
  return CALL_OUTCOMES.reduce((total, outcome) => total + counts[outcome], 0);
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
