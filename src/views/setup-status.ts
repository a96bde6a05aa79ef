import type { ApiKey } from "../store/repositories/api-keys.ts";
import type { StatusFacts } from "./setup-lights.ts";
import type { SetupProgress } from "./setup-steps.ts";

/** What the setup page shows of a firm that may change while the page is open. */
export interface FirmStatus extends StatusFacts {
  readonly keys: readonly ApiKey[];
  /** How many people's transfer rules were marked as added to Upfirst. Not counted once setup is done. */
  readonly addedRuleCount: number;
  readonly progress: SetupProgress;
}
