interface FirmWorkParts {
  /** How long to wait from one check to the next, in milliseconds. */
  readonly checkIntervalMs: number;
  /** Schedules the firms that have something to do. Never rejects. */
  readonly check: () => Promise<void>;
  /** Works on a firm. Never rejects. Ends early once `signal` is aborted. */
  readonly workOn: (firmId: string) => Promise<void>;
}

/**
 * Background work on firms: found by regular checks or scheduled, and never twice at a time for the same firm in this
 * process.
 */
export class FirmWork {
  readonly #parts: FirmWorkParts;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** Firms that were scheduled again while they were worked on. */
  readonly #rescheduled = new Set<string>();
  #currentCheck: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: FirmWorkParts) {
    this.#parts = parts;
  }

  /** Aborted by `close`. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Checks now, and from then on at regular intervals. */
  start(): void {
    const { checkIntervalMs, check } = this.#parts;
    const run = () => {
      this.#currentCheck = check();
      this.#currentCheck.finally(() => {
        if (!this.signal.aborted) this.#timer = setTimeout(run, checkIntervalMs).unref();
      });
    };
    run();
  }

  /** Works on a firm now; once more if it is being worked on. */
  schedule(firmId: string): void {
    if (this.signal.aborted) return;
    if (this.#running.has(firmId)) {
      this.#rescheduled.add(firmId);
      return;
    }
    const work = this.#parts.workOn(firmId).finally(() => {
      this.#running.delete(firmId);
      if (this.#rescheduled.delete(firmId)) this.schedule(firmId);
    });
    this.#running.set(firmId, work);
  }

  /** Resolves when no work is running. */
  async idle(): Promise<void> {
    await this.#currentCheck;
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Interrupts all work, and resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.idle();
  }
}
