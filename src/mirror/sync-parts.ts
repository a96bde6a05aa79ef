import type { CountryCode } from "../calls/matching/search-terms.ts";
import type { ClioAccess } from "../clio/paging.ts";
import type { Lease } from "../store/coordination/leases.ts";
import type { Store } from "../store/store.ts";
import type { LogFailure } from "./failure-log.ts";

/** What every sync step needs. */
export interface SyncParts {
  readonly store: Store;
  /** Clio as the lookup account sees it. */
  readonly clio: ClioAccess;
  readonly defaultCountry: CountryCode;
  /** Whether relationships are read (`RELATED_CALLERS`). */
  readonly relatedCallers: boolean;
  /** The time zone of firms that have none of their own, an IANA name. */
  readonly defaultTimeZone: string;
  readonly now: () => number;
  readonly logFailure: LogFailure;
  /** Held while the step runs. Every write fails with `LeaseLostError` once another process has taken it over. */
  readonly lease: Lease;
}
