import { Eta } from "eta";
import { coverageLine } from "../calls/transfer/coverage.ts";
import { ROLE_NAMES, type TransferPreview } from "../calls/transfer/preview.ts";
import { RULE_PROBLEMS } from "../calls/transfer/rule.ts";
import type { SubjectMatters } from "../clio/resources/subjects.ts";
import type { Subject } from "../clio/subject-types.ts";
import type { ClioWebAddresses } from "../clio/web-addresses.ts";
import type { CoverageReading } from "../directory/coverage-cache.ts";
import { isTemporary } from "../mirror/mirror-state.ts";
import {
  capitalize,
  formatCount,
  formatCountOf,
  formatTime,
  formatTimeLeft,
  formatUser,
  RECORD_NAMES,
  STEP_NAMES,
} from "./format.ts";
import { describeChangeDelivery, describeError } from "./mirror-text.ts";
import type { SetupPage } from "./setup-page.ts";
import { formatDestination, PROBLEM_MARKS, ruleFields, wholeRule } from "./transfer-rule-fields.ts";
import { upfirstActions } from "./upfirst-actions.ts";

/** The pages, each a function from what it shows to HTML. Everything shown is escaped. */
export interface Views {
  /** Something did not work: what happened, and how to go on. */
  problem(page: {
    title: string;
    detail: string;
    requestId: unknown;
    next: { href: string; label: string } | undefined;
  }): string;
  /** `/clio-action`: whom a record leads to, as rules to copy into Upfirst. */
  clioAction(page: {
    subject: Subject;
    found: SubjectMatters;
    preview: TransferPreview;
    webAddresses: ClioWebAddresses;
  }): string;
  /** `/setup`. */
  setup(page: SetupPage): string;
  /** `/transfer-rules`, or how far its reading is. */
  transferRules(page: {
    reading: CoverageReading;
    /** Seconds until the page looks again. */
    comeBackIn: number;
    webAddresses: ClioWebAddresses;
  }): string;
  /** A user has left the service. */
  disconnected(page: { firmName: string; stillAnswered: boolean }): string;
  signedOut(): string;
}

/** The files that pages ask for, to be served below `/assets`, by name. */
export const ASSETS: Readonly<Record<string, string>> = {
  "style.css": `${import.meta.dirname}/assets/style.css`,
  "copy.js": `${import.meta.dirname}/assets/copy.js`,
  "local-times.js": `${import.meta.dirname}/assets/local-times.js`,
  "refresh.js": `${import.meta.dirname}/assets/refresh.js`,
};

/** What the templates use beside what they show. */
const TOOLS = {
  PROBLEM_MARKS,
  RECORD_NAMES,
  ROLE_NAMES,
  RULE_PROBLEMS,
  STEP_NAMES,
  capitalize,
  describeChangeDelivery,
  formatCount,
  formatCountOf,
  coverageLine,
  formatDestination,
  isTemporary,
  formatUser,
  ruleFields,
  formatTime,
  formatTimeLeft,
  describeError,
  upfirstActions,
  wholeRule,
};

/** Reads the templates beside this file; each is compiled at its first use. */
export function createViews(): Views {
  const eta = new Eta({ views: `${import.meta.dirname}/templates`, cache: true, autoEscape: true });
  const render = (template: string, page: object) => eta.render(`./${template}`, { ...TOOLS, ...page });
  return {
    problem: (page) => render("problem", page),
    clioAction: (page) => render("clio-action", page),
    setup: (page) => render("setup", page),
    transferRules: (page) => render("transfer-rules", page),
    disconnected: (page) => render("disconnected", page),
    signedOut: () => render("signed-out", {}),
  };
}
