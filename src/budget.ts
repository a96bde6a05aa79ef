import { setTimeout as pause } from "node:timers/promises";

/**
 * Where contacts and matters come from: Clio itself, the firm's mirror, or the mirror although Clio should have been
 * asked as well and could not be.
 */
export type DirectorySource = "live" | "mirror" | "mirror_without_clio";

/**
 * What one request may spend: the time until its answer is due (setting `ANSWER_DEADLINE_MS`; a page has 10 s),
 * and how many requests to Clio it has cost so far, for the log line.
 */
export interface Budget {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  /** How many of Clio's requests a minute have to be left for others: none for somebody who waits for the answer. */
  readonly leaves: number;
  /** Requests sent to Clio's API so far, retries included. */
  clioRequests: number;
  /** Where what is known of the firm came from: the latest of it; null while nothing was asked. */
  source: DirectorySource | null;
  /** Milliseconds left; 0 when the time is up. */
  remaining(): number;
  /** Settles as `work` does, or rejects with the signal's reason once the time is up; the work itself goes on. */
  wait<T>(work: Promise<T>): Promise<T>;
  /** Waits that many milliseconds, or rejects once the time is up. */
  pause(milliseconds: number): Promise<void>;
  /** Stops the clock: the answer is out. */
  close(): void;
}

/**
 * Starts the clock for one request, or for work in the background.
 * @param milliseconds from now until the answer is due
 * @param until ends it earlier
 */
export function startBudget(
  milliseconds: number,
  { leaves = 0, until }: { leaves?: number; until?: AbortSignal } = {},
): Budget {
  const due = performance.now() + milliseconds;
  // Not AbortSignal.timeout: its timer cannot be cleared, and keeps everything of an answered request until it is due.
  const controller = new AbortController();
  const { signal } = controller;
  const end = () => controller.abort(new BudgetSpent());
  const timer = setTimeout(end, milliseconds).unref();
  until?.addEventListener("abort", end, { once: true });

  return {
    signal,
    leaves,
    clioRequests: 0,
    source: null,
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
    close() {
      clearTimeout(timer);
      until?.removeEventListener("abort", end);
    },
  };
}

/** The time is up. */
export class BudgetSpent extends Error {
  constructor() {
    super("the time for this answer is up");
    this.name = "BudgetSpent";
  }
}
