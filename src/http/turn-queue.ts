interface TurnQueueOptions {
  /** Between two turns, and before the first one. */
  intervalMs: number;
  maxWaiting: number;
}

/** Resolves with whether it is the request's turn. */
type Waiter = (hasTurn: boolean) => void;

/** Limits requests to a fixed rate: they wait, and proceed one at a time. */
export class TurnQueue {
  readonly #options: TurnQueueOptions;
  readonly #preferred: Waiter[] = [];
  readonly #others: Waiter[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: TurnQueueOptions) {
    this.#options = options;
  }

  /** The longest that a request waits. */
  get maxWaitMs(): number {
    return this.#options.intervalMs * this.#options.maxWaiting;
  }

  /**
   * Waits for a turn.
   *
   * @param isPreferred comes before requests that aren't preferred, and replaces one of them if the queue is full
   * @returns false if too many requests are waiting
   */
  async wait(isPreferred: boolean): Promise<boolean> {
    if (this.#preferred.length + this.#others.length >= this.#options.maxWaiting) {
      const last = isPreferred ? this.#others.pop() : undefined;
      if (!last) return false;
      last(false);
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    (isPreferred ? this.#preferred : this.#others).push(resolve);
    this.#timer ??= this.#scheduleNext();
    return promise;
  }

  /** Turns away all waiting requests. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (const waiter of [...this.#preferred.splice(0), ...this.#others.splice(0)]) waiter(false);
  }

  #scheduleNext(): NodeJS.Timeout {
    return setTimeout(() => {
      const next = this.#preferred.shift() ?? this.#others.shift();
      // The timer also runs once after the last turn, so that the next request keeps the interval, too.
      this.#timer = next ? this.#scheduleNext() : null;
      next?.(true);
    }, this.#options.intervalMs);
  }
}
