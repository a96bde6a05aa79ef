import {
  type CallFindings,
  type CallLookup,
  type LookupAction,
  NOTHING_FOUND,
} from "../calls/call-record.ts";
import type { Decision } from "../calls/decision.ts";
import type { CallerNumber } from "../calls/matching/phone-number.ts";
import { ServiceError } from "../errors.ts";
import type { RequestContext } from "../runtime/request-context.ts";
import type { CallRecorder } from "./call-recorder.ts";

/** What the receptionist asks about. */
export interface AskedLookup {
  readonly action: LookupAction;
  /** The caller's number; null if a contact is asked about by its ID. */
  readonly number: CallerNumber | null;
  readonly contactId: number | null;
  /** What the caller had said. */
  readonly name: string | null;
  readonly matter: string | null;
}

export interface DecidedFindings extends CallFindings {
  readonly decision: Decision;
}

/** Settles as the work does, and records its result, or its error, for the firm's calls. */
export type RecordLookup = <T>(
  asked: AskedLookup,
  work: Promise<T>,
  findingsOf: (result: T) => DecidedFindings,
) => Promise<T>;

interface RecordLookupParts {
  readonly callRecorder: Pick<CallRecorder, "record">;
  readonly now: () => number;
}

/** Records the lookups of one request. */
export function createRecordLookup(
  { callRecorder, now }: RecordLookupParts,
  firmId: string,
  context: RequestContext,
): RecordLookup {
  return async (asked, work, findingsOf) => {
    const at = now();
    const startedAt = performance.now();
    const record = (findings: CallFindings, decision: Decision | null, errorCode: string | null) => {
      const { action, name, matter, number, contactId } = asked;
      const lookup: CallLookup = {
        action,
        at,
        name,
        matter,
        outcome: findings.outcome,
        decision,
        errorCode,
        milliseconds: Math.round(performance.now() - startedAt),
        clioRequests: context.clioRequests,
        source: context.source,
      };
      callRecorder.record(firmId, { caller: callerOf(number), contactId, findings, lookup });
    };
    try {
      const result = await work;
      const { decision, ...findings } = findingsOf(result);
      record(findings, decision, null);
      return result;
    } catch (error) {
      record(ERROR, null, error instanceof ServiceError ? error.code : "internal_error");
      throw error;
    }
  };
}

const ERROR: CallFindings = { ...NOTHING_FOUND, outcome: "error" };

function callerOf(number: CallerNumber | null) {
  switch (number?.kind) {
    case "whole":
      return { caller: number.e164, callerEnding: null };
    case "last_4":
      return { caller: null, callerEnding: number.lastFour };
    default:
      return { caller: null, callerEnding: null };
  }
}
