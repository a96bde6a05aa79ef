import { setTimeout as pause } from "node:timers/promises";

/**
 * What one request may spend: the time until its answer is due (setting `ANSWER_DEADLINE_MS`; a page has 10 s),
 * and how many requests to Clio it has cost so far, for the log line.
 */
export interface Budget {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  /** Requests sent to Clio's API so far, retries included. */
  clioRequests: number;
  /** Milliseconds left; 0 when the time is up. */
  remaining(): number;
  /** Settles as `work` does, or rejects with the signal's reason once the time is up; the work itself goes on. */
  wait<T>(work: Promise<T>): Promise<T>;
  /** Waits that many milliseconds, or rejects once the time is up. */
  pause(milliseconds: number): Promise<void>;
}

/**
 * Starts the clock for one request.
 * @param milliseconds from now until the answer is due
 */
export function startBudget(milliseconds: number): Budget {
  const due = performance.now() + milliseconds;
  const signal = AbortSignal.timeout(milliseconds);
  return {
    signal,
    clioRequests: 0,
    remaining: () => Math.max(0, due - performance.now()),
    async wait<T>(work: Promise<T>): Promise<T> {
      let giveUp = () => {};
      const timeUp = new Promise<never>((_, reject) => {
        giveUp = () => reject(signal.reason);
        if (signal.aborted) giveUp();
        else signal.addEventListener("abort", giveUp, { once: true });
      });
      return Promise.race([work, timeUp]).finally(() => signal.removeEventListener("abort", giveUp));
    },
    async pause(delay) {
      await pause(delay, undefined, { signal });
    },
  };
}
