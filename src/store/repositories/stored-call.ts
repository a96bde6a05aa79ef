import type { CallContent, CallOutcome } from "../../calls/call-record.ts";
import type { CallRow } from "../db/schema.ts";

/** What became of a call's phone log. */
export interface PhoneLogStatus {
  /** `off`: none is written. */
  readonly state: NonNullable<CallRow["log_state"]>;
  /** What is due next while the state is `waiting`. `task`: the phone log is in Clio, the task isn't. */
  readonly step: CallRow["log_step"];
  /** The next try, in milliseconds since 1970; null unless it is waiting. */
  readonly dueAt: number | null;
  /** Failed tries so far. */
  readonly attempts: number;
  /** The code of the last failure (docs/reference/errors.md); null if there was none. */
  readonly error: string | null;
}

/** A call of a firm. Times are milliseconds since 1970. */
export interface StoredCall {
  readonly id: string;
  /** When it began. */
  readonly at: number;
  readonly outcome: CallOutcome;
  /** When the platform reported it; null if it hasn't. */
  readonly reportedAt: number | null;
  /** Null before the report. */
  readonly log: PhoneLogStatus | null;
  /** Null if it can't be decrypted. */
  readonly content: CallContent | null;
}

/** Whether it was found out who called, or that no contact has the number. Otherwise, the caller may be anyone. */
export function wasLookedUp({ outcome, content, log }: StoredCall): boolean {
  if (!content || outcome === "error") return false;
  const { caller, callerEnding, lookups } = content;
  if (caller === null && callerEnding === null) return true;
  return log?.state === "needs_choice" || lookups.some((lookup) => lookup.outcome !== "error");
}

/** The columns of a `StoredCall`. */
export const STORED_CALL_COLUMNS = [
  "id",
  "firm_id",
  "period",
  "at",
  "outcome",
  "reported_at",
  "log_state",
  "log_step",
  "log_due_at",
  "log_attempts",
  "log_error",
  "sealed",
] as const satisfies readonly (keyof CallRow)[];

export function toStoredCall(
  row: Pick<CallRow, (typeof STORED_CALL_COLUMNS)[number]>,
  content: CallContent | null,
): StoredCall {
  const { id, at, outcome, reported_at: reportedAt, log_state: state } = row;
  const log = state && {
    state,
    step: row.log_step,
    dueAt: state === "waiting" ? row.log_due_at : null,
    attempts: row.log_attempts,
    error: row.log_error,
  };
  return { id, at, outcome, reportedAt, log, content };
}
