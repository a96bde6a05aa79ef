import type { Logger } from "pino";
import { CALL_JOIN_WINDOW_MS } from "../calls/call-record.ts";
import { PeriodicSweep } from "../runtime/periodic-sweep.ts";
import type { Store } from "../store/store.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SWEEP_INTERVAL_MS = 10 * MINUTE_MS;
const SWEEP_BATCH_ROWS = 500;
/** For how long a call waits for a user's decision, even if calls are kept for less. */
const DECISION_DAYS = 7;
/** Someone with a firm's key could look up numbers without end. */
const MAX_CALLS_PER_FIRM = 250_000;

interface CallSweeperParts {
  readonly store: Pick<Store, "calls" | "callKeys" | "reportedCalls">;
  /** The setting `CALL_LOG_DAYS`. */
  readonly callLogDays: number;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Deletes calls that are no longer kept, and destroys the keys that encrypted them: at start and every ten minutes.
 * Several processes can do this at the same time.
 */
export class CallSweeper {
  readonly #parts: CallSweeperParts;
  readonly #sweep: PeriodicSweep;

  constructor(parts: CallSweeperParts) {
    this.#parts = parts;
    this.#sweep = new PeriodicSweep({
      name: "call sweep",
      intervalMs: SWEEP_INTERVAL_MS,
      sweep: () => this.sweep(),
      log: parts.log,
    });
  }

  start(): void {
    this.#sweep.start();
  }

  /** Stops after the current batch. */
  close(): Promise<void> {
    return this.#sweep.close();
  }

  /** Deletes everything that has expired by now. */
  async sweep(): Promise<void> {
    const { store, callLogDays, now } = this.#parts;
    const at = now();
    const expiry = {
      keptSince: at - callLogDays * DAY_MS,
      reportableSince: at - CALL_JOIN_WINDOW_MS,
      undecidedSince: at - DECISION_DAYS * DAY_MS,
    };
    await this.#sweep.deleteInBatches(() => store.calls.deleteExpired(expiry, SWEEP_BATCH_ROWS));
    await this.#sweep.deleteInBatches(() => store.calls.deleteExcess(MAX_CALLS_PER_FIRM, SWEEP_BATCH_ROWS));
    await this.#sweep.deleteInBatches(() => store.reportedCalls.deleteExpired(SWEEP_BATCH_ROWS));
    if (!this.#sweep.isClosed) await store.callKeys.destroyUnused(at);
  }
}
