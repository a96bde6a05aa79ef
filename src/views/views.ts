import { Eta } from "eta";
import { ROLE_NAMES, type TransferPreview } from "../calls/transfer/preview.ts";
import { RULE_PROBLEMS } from "../calls/transfer/rule.ts";
import type { VisibleRecords } from "../clio/resources/record-counts.ts";
import type { SubjectMatters } from "../clio/resources/subjects.ts";
import type { Subject } from "../clio/subject-types.ts";
import type { ClioWebAddresses } from "../clio/web-addresses.ts";
import { isTemporary } from "../mirror/mirror-state.ts";
import type { Connection } from "../store/repositories/connections.ts";
import { formatAuditEvent } from "./audit-text.ts";
import {
  type AwayCalendarPage,
  type AwayPage,
  absencePieces,
  canChange,
  describeAwayToday,
  describeCalendarError,
  describeConflict,
  describeCover,
  formatHorizon,
  nameOf as nameOfUser,
} from "./away-page.ts";
import { type CallPage, decisionReasons, formatDuration, LOOKUP_ACTION_LABELS } from "./call-page.ts";
import {
  type CallsPage,
  CHART_SIZE,
  chartBars,
  describeCaller,
  describeChart,
  formatCaller,
  formatDay,
  formatNumber,
  OUTCOME_TEXTS,
  OUTCOMES,
  type UnknownCallersPage,
} from "./calls-page.ts";
import { describeChangeDelivery } from "./change-delivery-text.ts";
import { formatCoverage } from "./coverage-text.ts";
import { groupFields } from "./form-field.ts";
import {
  capitalize,
  formatCount,
  formatCountOf,
  formatTime,
  formatTimeAgo,
  formatTimeLeft,
  formatUser,
  RECORD_NAMES,
} from "./format.ts";
import { describeAnswer } from "./last-request-text.ts";
import { describeLive } from "./live-text.ts";
import { describePhoneLog, PERMISSIONS_BY_STEP, PHONE_LOG_LABELS, phoneLogState } from "./phone-log-text.ts";
import { ROUTING_RULE_GROUPS } from "./routing-rules.ts";
import { LIGHT_WORDS, menuLight, statusLights } from "./setup-lights.ts";
import type { LiveSetupPage, SetupPage, UserSetupPage } from "./setup-page.ts";
import { describeSteps } from "./setup-step-text.ts";
import { describeError } from "./sync-error-text.ts";
import { timeZones } from "./time-zones.ts";
import {
  describeRuleChange,
  formatDestination,
  formatTransferRule,
  PROBLEM_LABELS,
  TRANSFER_RULES_PLACE,
  transferRuleFields,
} from "./transfer-rule-fields.ts";
import { CHECKLIST_FILTER_LABELS, type TransferRulesPage } from "./transfer-rules-page.ts";
import { describeUnreached } from "./unreached-text.ts";
import { CUSTOM_ACTIONS_PLACE, upfirstActions } from "./upfirst-actions.ts";
import { compareVisibility } from "./visibility-text.ts";

/** The pages, each a function from its data to HTML. Everything shown is escaped. */
export interface Views {
  /** An error: what happened, when to try again, and how to continue. */
  problem(page: {
    title: string;
    detail: string;
    /** When to try again. */
    advice: string | null;
    /** The most helpful one first. */
    links: readonly { readonly href: string; readonly label: string }[];
    requestId: unknown;
    signedIn: boolean;
  }): string;
  /** `/clio-action`: who takes calls for a record, as rules to copy into Upfirst. */
  clioAction(page: {
    subject: Subject;
    found: SubjectMatters;
    preview: TransferPreview;
    /** The firm's time zone, an IANA name. */
    timeZone: string;
    /** Where to sign in to see the names of the client and the matters; null if the page has them. */
    signInLink: string | null;
    webAddresses: ClioWebAddresses;
  }): string;
  /** `/setup`, for administrators. */
  setup(page: SetupPage): string;
  /** The parts of `/setup`, for administrators, that change by themselves. */
  liveSetup(page: LiveSetupPage): string;
  /** `/setup`, for all other users. */
  userSetup(page: UserSetupPage): string;
  /** What changes if another user becomes the lookup account. */
  compareLookupAccounts(page: {
    csrf: string;
    candidate: Connection;
    candidateSees: VisibleRecords;
    /** Today's lookup account; null if there is none. */
    current: Connection | null;
    currentSees: VisibleRecords | null;
  }): string;
  /** `/transfer-rules`, or the progress while the matters are loaded. */
  transferRules(page: TransferRulesPage): string;
  /** `/calls`: the firm's calls. */
  calls(page: CallsPage): string;
  /** `/calls?show=unknown`: callers who aren't in Clio. */
  unknownCallers(page: UnknownCallersPage): string;
  /** `/calls/:call`: one call. */
  call(page: CallPage): string;
  /** `/routing-rules`: the rules by which calls are routed. */
  routingRules(): string;
  /** `/away`: who is away, and a form to enter an absence. */
  away(page: AwayPage): string;
  /** `/away/calendar`: which entries of Clio's calendars count as absences. */
  awayCalendar(page: AwayCalendarPage): string;
  /** A user has disconnected from Clio. */
  disconnected(page: {
    firmName: string;
    /** Another user is connected, so callers are still looked up. */
    hasLookupAccount: boolean;
  }): string;
  /** A user has signed out, in this browser or in all of them. */
  signedOut(page: { isEverywhere: boolean }): string;
}

/** The paths of the files to be served below `/assets`, by name. */
export const ASSETS: Readonly<Record<string, string>> = {
  "style.css": `${import.meta.dirname}/assets/style.css`,
  "copy.js": `${import.meta.dirname}/assets/copy.js`,
  "local-times.js": `${import.meta.dirname}/assets/local-times.js`,
  "live.js": `${import.meta.dirname}/assets/live.js`,
  "revealed-keys.js": `${import.meta.dirname}/assets/revealed-keys.js`,
  "favicon.svg": `${import.meta.dirname}/assets/favicon.svg`,
  "refresh.js": `${import.meta.dirname}/assets/refresh.js`,
};

/** What the templates can use beside a page's data. */
const HELPERS = {
  CHART_SIZE,
  CHECKLIST_FILTER_LABELS,
  CUSTOM_ACTIONS_PLACE,
  LIGHT_WORDS,
  LOOKUP_ACTION_LABELS,
  OUTCOMES,
  OUTCOME_TEXTS,
  PERMISSIONS_BY_STEP,
  PHONE_LOG_LABELS,
  PROBLEM_LABELS,
  RECORD_NAMES,
  ROLE_NAMES,
  ROUTING_RULE_GROUPS,
  RULE_PROBLEMS,
  TRANSFER_RULES_PLACE,
  canChange,
  capitalize,
  chartBars,
  compareVisibility,
  decisionReasons,
  describeAnswer,
  describeCaller,
  describeChangeDelivery,
  describeAwayToday,
  describeCalendarError,
  describeChart,
  describeConflict,
  describeCover,
  describeError,
  describeLive,
  describePhoneLog,
  describeRuleChange,
  describeSteps,
  describeUnreached,
  absencePieces,
  formatAuditEvent,
  formatCaller,
  formatCount,
  formatCountOf,
  formatCoverage,
  formatDay,
  formatDestination,
  formatHorizon,
  formatDuration,
  formatNumber,
  formatTime,
  formatTimeAgo,
  formatTimeLeft,
  formatTransferRule,
  formatUser,
  groupFields,
  isTemporary,
  nameOfUser,
  timeZones,
  menuLight,
  phoneLogState,
  statusLights,
  transferRuleFields,
  upfirstActions,
};

/** Renders the templates beside this file. Each is compiled when it is first used. */
export function createViews(): Views {
  const eta = new Eta({ views: `${import.meta.dirname}/templates`, cache: true, autoEscape: true });
  const render = (template: string, page: object) => eta.render(`./${template}`, { ...HELPERS, ...page });
  return {
    problem: (page) => render("problem", page),
    clioAction: (page) => render("clio-action", page),
    setup: (page) => render("setup", page),
    liveSetup: (page) => render("setup-live", page),
    userSetup: (page) => render("setup-user", page),
    compareLookupAccounts: (page) => render("lookup-account", page),
    transferRules: (page) => render("transfer-rules", page),
    unknownCallers: (page) => render("unknown-callers", page),
    call: (page) => render("call", page),
    calls: (page) => render("calls", page),
    routingRules: () => render("routing-rules", {}),
    away: (page) => render("away", page),
    awayCalendar: (page) => render("away-calendar-choice", page),
    disconnected: (page) => render("disconnected", page),
    signedOut: (page) => render("signed-out", page),
  };
}
