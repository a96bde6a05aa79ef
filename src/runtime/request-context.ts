import { setTimeout as delay } from "node:timers/promises";

/**
 * Where contacts and matters came from: Clio, the firm's mirror, or only the mirror because Clio couldn't be reached when
 * it should have been asked too.
 */
export type DirectorySource = "live" | "mirror" | "mirror_without_clio";

interface ContextOptions {
  /** How many of Clio's requests per minute to leave for calls. Default 0, for when a caller is waiting. */
  reservedRequests?: number;
  /** Aborts the context before its deadline. */
  until?: AbortSignal;
}

/** The state of one request, or of one step of background work: its deadline, and what it has used so far. */
export interface RequestContext {
  /** Aborts at the deadline. */
  readonly signal: AbortSignal;
  /** How many of Clio's requests per minute to leave for calls (docs/decisions/0012-reserve-requests-for-calls.md). */
  readonly reservedRequests: number;
  /** Requests sent to Clio's API so far, retries included. */
  clioRequests: number;
  /** Where the latest contacts or matters came from; null before the first ones. */
  source: DirectorySource | null;
  /** Milliseconds left; 0 after the deadline. */
  remaining(): number;
  /** Settles as `work` does, or rejects with the signal's reason at the deadline. The work itself goes on. */
  wait<T>(work: Promise<T>): Promise<T>;
  /** Waits for some time, or rejects at the deadline. */
  pause(milliseconds: number): Promise<void>;
  /**
   * A context for part of this one, with an earlier deadline.
   * Its requests to Clio are added to this context when it is closed.
   */
  fork(timeoutMs: number, options?: Pick<ContextOptions, "reservedRequests">): RequestContext;
  /** Clears the timer. Call it when the work is done. */
  close(): void;
}

/**
 * Starts a context.
 * @param timeoutMs milliseconds from now to the deadline
 */
export function startContext(timeoutMs: number, options: ContextOptions = {}): RequestContext {
  return new TimedContext(timeoutMs, options);
}

class TimedContext implements RequestContext {
  readonly reservedRequests: number;
  clioRequests = 0;
  source: DirectorySource | null = null;
  readonly #deadline: number;
  readonly #until: AbortSignal | undefined;
  readonly #parent: RequestContext | null;
  #controller: AbortController | null = null;
  #clear = () => {};
  #isClosed = false;

  constructor(
    timeoutMs: number,
    { reservedRequests = 0, until }: ContextOptions,
    parent: RequestContext | null = null,
  ) {
    this.#deadline = performance.now() + timeoutMs;
    this.#until = until;
    this.#parent = parent;
    this.reservedRequests = reservedRequests;
  }

  /** Made when it is first needed. Most calls are answered without a request to Clio, and need none. */
  get signal(): AbortSignal {
    this.#controller ??= this.#startController();
    return this.#controller.signal;
  }

  #startController(): AbortController {
    // Not AbortSignal.timeout: its timer can't be cleared, and would keep an answered request in memory until it fires.
    const controller = new AbortController();
    if (this.#isClosed) return controller;
    const until = this.#until;
    const abort = () => controller.abort(new DeadlineError());
    if (until?.aborted || this.remaining() === 0) {
      abort();
      return controller;
    }
    const timer = setTimeout(abort, this.remaining()).unref();
    until?.addEventListener("abort", abort, { once: true });
    this.#clear = () => {
      clearTimeout(timer);
      until?.removeEventListener("abort", abort);
    };
    return controller;
  }

  remaining(): number {
    return Math.max(0, this.#deadline - performance.now());
  }

  async wait<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    let onAbort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
    return Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
  }

  async pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.signal });
  }

  fork(timeoutMs: number, options: Pick<ContextOptions, "reservedRequests"> = {}): RequestContext {
    return new TimedContext(Math.min(timeoutMs, this.remaining()), { ...options, until: this.signal }, this);
  }

  close(): void {
    this.#clear();
    if (this.#parent && !this.#isClosed) this.#parent.clioRequests += this.clioRequests;
    this.#isClosed = true;
  }
}

/** The deadline has passed. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";

  constructor() {
    super("the deadline has passed");
  }
}
