import type { CallerRule, Decision } from "./decision.ts";
import type { MatchedOn } from "./matching/who-is-calling.ts";
import type { StaffRole } from "./matter.ts";

/** How a call was answered, as `/calls` spells it (docs/reference/endpoints.md#get-calls). */
export const CALL_OUTCOMES = ["routed", "asked_back", "nobody", "withheld", "error"] as const;

export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** The endpoints that answer about a caller. */
export type LookupAction = "route_call" | "lookup_contact" | "responsible_staff";

/** A contact as a call's record has it. */
export interface RecordedContact {
  readonly id: number;
  readonly name: string | null;
}

export interface RecordedMatter {
  readonly id: number;
  readonly displayNumber: string | null;
}

/** Who takes the call. */
export interface RecordedPerson {
  readonly id: number;
  readonly name: string;
}

/** What an answer found out about a call. */
export interface CallFindings {
  readonly outcome: CallOutcome;
  readonly contact: RecordedContact | null;
  readonly matter: RecordedMatter | null;
  readonly person: RecordedPerson | null;
  readonly role: StaffRole | null;
  /** The caller's part in the matter as Clio describes it; null for a matter of their own. */
  readonly relation: string | null;
  /** The person who would take the call, but is away. */
  readonly away: (RecordedPerson & { readonly until: string | null }) | null;
  readonly matchedOn: MatchedOn | null;
  /** How many contacts have the number. */
  readonly candidateCount: number;
  readonly ambiguous: boolean;
}

/** Of a call about which nothing was found. */
export const NOTHING_FOUND: Omit<CallFindings, "outcome"> = {
  contact: null,
  matter: null,
  person: null,
  role: null,
  relation: null,
  away: null,
  matchedOn: null,
  candidateCount: 0,
  ambiguous: false,
};

/** One answer to the receptionist. */
export interface CallLookup {
  readonly action: LookupAction;
  /** When it was asked for, in milliseconds since 1970. */
  readonly at: number;
  /** What the caller had said. */
  readonly name: string | null;
  readonly matter: string | null;
  readonly outcome: CallOutcome;
  /** The rules that decided; null if the answer was an error. */
  readonly decision: Decision | null;
  /** The code of the error (docs/reference/errors.md); null if there was none. */
  readonly errorCode: string | null;
  /** How long the answer took. */
  readonly milliseconds: number;
  readonly clioRequests: number;
  /** Where the answer came from (docs/reference/metrics-and-logs.md); null if no data was needed. */
  readonly source: string | null;
}

/** The short texts of an `/after-call` report. The long ones are stored apart. */
export interface CallReport {
  /** What the caller had said. */
  readonly name: string | null;
  readonly matter: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly durationSeconds: number | null;
  readonly transferredTo: string | null;
  readonly recordingUrl: string | null;
  /** The beginning of the summary, for lists. */
  readonly summary: string | null;
  /** The beginning of the message that the caller left, for lists. */
  readonly message: string | null;
}

/** What is stored of a call, encrypted. */
export interface CallContent extends Omit<CallFindings, "outcome"> {
  /** In E.164; null if it is withheld or not known as a whole. */
  readonly caller: string | null;
  /** The digits that are known if the whole number isn't. */
  readonly callerEnding: string | null;
  /** Oldest first; of many, the first and the latest ones. */
  readonly lookups: readonly CallLookup[];
  readonly report: CallReport | null;
  /** The ID of the phone log in Clio. */
  readonly phoneLogId: number | null;
  /** The ID of the task in Clio. */
  readonly taskId: number | null;
  /** Whether a user chose the contact. */
  readonly isChosen: boolean;
}

const MINUTE_MS = 60_000;
/** A call is over by then, whatever was or wasn't reported. */
export const CALL_JOIN_WINDOW_MS = 120 * MINUTE_MS;
/** A platform runs "When call starts" once. When it comes again later than this, the caller has hung up and called again. */
const REPEATED_START_WINDOW_MS = 5 * MINUTE_MS;
const MAX_LOOKUPS = 20;

/**
 * Whether a lookup belongs to an earlier call from the same number, or with the same contact, that hasn't been reported
 * yet (docs/decisions/0022-what-counts-as-one-call.md).
 *
 * @param open the last time something was asked about the earlier call
 */
export function continuesCall(
  open: { readonly lastAt: number },
  { action, at, name, matter }: Pick<CallLookup, "action" | "at" | "name" | "matter">,
): boolean {
  const isFollowUp = action === "responsible_staff" || name !== null || matter !== null;
  return at - open.lastAt < (isFollowUp ? CALL_JOIN_WINDOW_MS : REPEATED_START_WINDOW_MS);
}

/** The content of a call that begins with this lookup. */
export function startCall(
  caller: Pick<CallContent, "caller" | "callerEnding">,
  findings: CallFindings,
  lookup: CallLookup,
): CallContent {
  const { outcome: _, ...found } = findings;
  return {
    ...caller,
    ...found,
    lookups: [lookup],
    report: null,
    phoneLogId: null,
    taskId: null,
    isChosen: false,
  };
}

/**
 * Adds a lookup to a call. The latest answer counts, unless it was an error. An answer by contact ID says nothing new about
 * who the contact is.
 */
export function continueCall(call: CallContent, findings: CallFindings, lookup: CallLookup): CallContent {
  const lookups =
    call.lookups.length < MAX_LOOKUPS
      ? [...call.lookups, lookup]
      : [...call.lookups.slice(0, MAX_LOOKUPS - 1), lookup];
  if (findings.outcome === "error") return { ...call, lookups };
  const { outcome: _, contact, matchedOn, candidateCount, ...found } = findings;
  const isByContact = lookup.action === "responsible_staff";
  const identity = isByContact
    ? { contact: call.contact ?? contact }
    : { contact, matchedOn, candidateCount };
  return { ...call, ...found, ...identity, lookups };
}

/** Whether the caller may be any of several contacts. */
export function isSharedNumber({
  contact,
  candidateCount,
}: Pick<CallFindings, "contact" | "candidateCount">): boolean {
  return contact === null && candidateCount > 0;
}

const MAY_ASK_NAME: ReadonlySet<CallerRule | null> = new Set([
  "other_name",
  "shared_ending",
  "shared_number",
  "missing_area_code",
  "switchboard",
]);

/**
 * The outcome of an answer.
 * @param mayAskName whether the receptionist was told to ask an unknown caller for the name
 */
export function outcomeOf(
  found: { readonly person: unknown; readonly contact: unknown; readonly decision: Decision },
  mayAskName: boolean,
): CallOutcome {
  if (found.person) return "routed";
  const { caller } = found.decision;
  if (caller === "withheld") return "withheld";
  if (found.contact) return "nobody";
  return MAY_ASK_NAME.has(caller) || (mayAskName && caller === "unknown_number") ? "asked_back" : "nobody";
}
