import type { UnreachedMatter } from "../calls/transfer/coverage.ts";
import type { ClioWebAddresses } from "../clio/web-addresses.ts";
import type { CoverageReading } from "../directory/coverage/coverage-reader.ts";

/** What `/transfer-rules` shows. */
export interface TransferRulesPage {
  readonly reading: CoverageReading;
  /** Null while the matters are loaded. */
  readonly unreached: UnreachedPage | null;
  /** Seconds until the page refreshes itself while the matters are loaded. */
  readonly refreshSeconds: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly webAddresses: ClioWebAddresses;
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
