import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Logger } from "pino";
import { CALL_JOIN_WINDOW_MS } from "../calls/call-record.ts";
import { redactError } from "../runtime/redact-error.ts";
import type { Store } from "../store/store.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SWEEP_INTERVAL_MS = 10 * MINUTE_MS;
const SWEEP_BATCH_ROWS = 500;
/** For how long a call waits for a user's decision, even if calls are kept for less. */
export const DECISION_DAYS = 7;
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
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #sweep: Promise<void> = Promise.resolve();

  constructor(parts: CallSweeperParts) {
    this.#parts = parts;
  }

  start(): void {
    const sweep = () => {
      // The next sweep deletes what a failed one left.
      this.#sweep = this.sweep().catch((error: unknown) => {
        this.#parts.log.error({ fault: redactError(error) }, "call sweep");
      });
    };
    this.#timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    sweep();
  }

  /** Stops after the current batch. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#sweep;
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
    await this.#repeat(() => store.calls.deleteExpired(expiry, SWEEP_BATCH_ROWS));
    await this.#repeat(() => store.calls.deleteExcess(MAX_CALLS_PER_FIRM, SWEEP_BATCH_ROWS));
    await this.#repeat(() => store.reportedCalls.deleteExpired(SWEEP_BATCH_ROWS));
    if (!this.#isClosed) await store.callKeys.destroyUnused(at);
  }

  async #repeat(deleteBatch: () => Promise<boolean>): Promise<void> {
    // SQLite runs synchronously, so calls can only be answered between batches.
    while (!this.#isClosed && (await deleteBatch())) await yieldToEventLoop();
  }
}
