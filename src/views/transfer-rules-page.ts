import type { AddedRule } from "../calls/transfer/added-rule.ts";
import type { ChecklistEntry } from "../calls/transfer/checklist.ts";
import type { UnreachedMatter } from "../calls/transfer/coverage.ts";
import type { ClioWebAddresses } from "../clio/web-addresses.ts";
import type { CoverageReading } from "../directory/coverage/coverage-reader.ts";

/** What `/transfer-rules` shows. */
export type TransferRulesPage = LoadingPage | LoadedPage;

interface CommonPage {
  readonly webAddresses: ClioWebAddresses;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly csrf: string;
}

interface LoadingPage extends CommonPage {
  readonly reading: Extract<CoverageReading, { state: "reading" }>;
  /** Seconds until the page refreshes itself. */
  readonly refreshSeconds: number;
}

interface LoadedPage extends CommonPage {
  readonly reading: Extract<CoverageReading, { state: "ready" }>;
  readonly checklist: ChecklistPage;
  readonly unreached: UnreachedPage;
  /** The firm's connected users, by ID. */
  readonly userNames: ReadonlyMap<number, string | null>;
}

/** Which rules the checklist shows, in the order of the page. */
export const CHECKLIST_FILTERS = ["all", "to-add", "added", "attention"] as const;

export type ChecklistFilter = (typeof CHECKLIST_FILTERS)[number];

export const CHECKLIST_FILTER_LABELS: Record<ChecklistFilter, string> = {
  all: "All",
  "to-add": "To add or update",
  added: "Added",
  attention: "Needs attention",
};

/** The rules that a firm needs in Upfirst, with those that were added. */
export interface ChecklistPage {
  /** Those that the search and the filter leave. */
  readonly entries: readonly ShownEntry[];
  /** Rules in Upfirst that aren't needed anymore. */
  readonly unneeded: readonly AddedRule[];
  /** Of the whole firm, whatever the search. */
  readonly ruleCount: number;
  readonly addedCount: number;
  /** Of those added. */
  readonly changedCount: number;
  /** The person to work on next; null if every rule was added. */
  readonly next: { readonly name: string; readonly address: string } | null;
  /** Empty if nothing was searched for. */
  readonly search: string;
  readonly show: ChecklistFilter;
  readonly filters: readonly {
    readonly filter: ChecklistFilter;
    /** How many rules it shows with this search. */
    readonly count: number;
    readonly address: string;
  }[];
}

export interface ShownEntry extends ChecklistEntry {
  /** Identifies what the page shows of the rule. */
  readonly version: string;
  readonly isOpen: boolean;
  /** The rule has changed since the user opened it. */
  readonly isOutdated: boolean;
}

/** One page of the matters whose calls reach no one. */
export interface UnreachedPage {
  readonly matters: readonly UnreachedMatter[];
  /** How many there are, whatever the search. */
  readonly totalCount: number;
  /** How many the search finds. */
  readonly foundCount: number;
  /** Empty if nothing was searched for. */
  readonly search: string;
  /** From 1. */
  readonly page: number;
  readonly pageCount: number;
}
