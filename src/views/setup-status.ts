import type { ApiKey } from "../store/repositories/api-keys.ts";
import type { StatusFacts } from "./setup-lights.ts";
import type { SetupProgress } from "./setup-steps.ts";

/** What the setup page shows of a firm that may change while the page is open. */
export interface FirmStatus extends StatusFacts {
  readonly keys: readonly ApiKey[];
  /** Null once setup is done. */
  readonly transferRules: {
    /** How many were marked as added to Upfirst. */
    readonly addedCount: number;
    /** How many the firm needs; null if that isn't known. */
    readonly neededCount: number | null;
  } | null;
  readonly progress: SetupProgress;
}
