import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Logger } from "pino";
import { redactError } from "./redact-error.ts";

interface PeriodicSweepParts {
  /** For the log. */
  readonly name: string;
  readonly intervalMs: number;
  /** Deletes everything that has expired by now. */
  readonly sweep: () => Promise<void>;
  readonly log: Logger;
}

/** Deletes expired rows, at start and at regular intervals. Several processes can do this at the same time. */
export class PeriodicSweep {
  readonly #parts: PeriodicSweepParts;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #current: Promise<void> = Promise.resolve();

  constructor(parts: PeriodicSweepParts) {
    this.#parts = parts;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  start(): void {
    const { name, intervalMs, sweep, log } = this.#parts;
    const run = () => {
      // The next sweep deletes what a failed one left.
      this.#current = sweep().catch((error: unknown) => log.error({ fault: redactError(error) }, name));
    };
    this.#timer = setInterval(run, intervalMs).unref();
    run();
  }

  /** Stops after the current batch. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#current;
  }

  /** Repeats until nothing is left. @param deleteBatch returns whether there may be more */
  async deleteInBatches(deleteBatch: () => Promise<boolean>): Promise<void> {
    // SQLite runs synchronously, so calls can only be answered between batches.
    while (!this.#isClosed && (await deleteBatch())) await yieldToEventLoop();
  }
}
