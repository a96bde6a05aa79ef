import type { VisibleCall } from "../call-log/visible-calls.ts";
import type { LookupAction } from "../calls/call-record.ts";
import type { Decision } from "../calls/decision.ts";
import type { Matter } from "../calls/matter.ts";
import type { ClioWebAddresses } from "../clio/web-addresses.ts";
import type { ReportTexts } from "../store/repositories/call-encryption.ts";
import { CALLER_REASONS, MATTER_REASONS, PERSON_REASONS, type Reason } from "./decision-text.ts";

/** What `/calls/:id` shows. */
export interface CallPage {
  readonly visible: VisibleCall;
  /** The whole texts of the report. */
  readonly texts: ReportTexts;
  /** Null if nothing is to be decided, or if the user may not. */
  readonly decision: CallDecision | null;
  readonly csrf: string;
  readonly webAddresses: ClioWebAddresses;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What a user can decide about a call. */
export interface CallDecision {
  /** Whether a contact and a matter can be chosen. */
  readonly canChoose: boolean;
  /** Whether the phone log has failed, so that it can be tried again. */
  readonly canRetry: boolean;
  /** Contacts with the caller's number that the user sees in Clio. */
  readonly candidates: readonly ContactOption[];
  /** What was searched for, and what was found; null if nothing was. */
  readonly search: {
    readonly text: string;
    readonly contacts: readonly ContactOption[];
    readonly isCut: boolean;
  } | null;
  /** The chosen contact with its matters, likeliest first; null if none is chosen yet. */
  readonly chosen: { readonly contact: ContactOption; readonly matters: readonly Matter[] } | null;
  /** The number that can be added to a contact, in E.164; null if there is none. */
  readonly number: string | null;
  /** Whether Clio hasn't refused to let the user change contacts. */
  readonly mayWriteContacts: boolean;
  /** What the user typed for a new contact, and what is wrong with it. */
  readonly newContact: NewContactForm;
}

export interface ContactOption {
  readonly id: number;
  readonly name: string | null;
}

export interface NewContactForm {
  readonly firstName: string;
  readonly lastName: string;
  readonly error: string | null;
}

export const LOOKUP_ACTION_LABELS: Readonly<Record<LookupAction, string>> = {
  route_call: "Route the call",
  lookup_contact: "Find the contact",
  responsible_staff: "Find the responsible staff",
};

/** The rules that decided, from the caller to the person. */
export function decisionReasons({ caller, matter, person }: Decision): Reason[] {
  return [
    ...(caller === null ? [] : [CALLER_REASONS[caller]]),
    ...(matter === null ? [] : [MATTER_REASONS[matter]]),
    ...(person === null ? [] : [PERSON_REASONS[person]]),
  ].filter((reason) => reason !== undefined);
}

/** `42 s`, `3 min 12 s` */
export function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
