import { stat } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import type { Logger } from "pino";
import { redactError } from "../../../runtime/redact-error.ts";

/** While the disk is busy with a checkpoint, commits can take longer, so it isn't made more often than necessary. */
const CHECK_INTERVAL_MS = 4_000;
/** Until then, SQLite makes its own checkpoints. */
const RETRY_INTERVAL_MS = 60_000;
/** A shorter WAL is left as it is. */
const MIN_WAL_BYTES = 4_000_000;
/** The thread runs one statement. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 };

interface WalCheckpointerParts {
  /** Of the SQLite file. */
  readonly path: string;
  readonly log: Logger;
}

/**
 * Copies an SQLite file's write-ahead log (WAL) into the file, in a thread of its own. SQLite itself does that during the commit
 * that makes the WAL long enough, and waits for the disk: no call is answered for 20 ms or more
 * (`docs/decisions/0028-wait-for-the-disk-in-another-thread.md`).
 */
export class WalCheckpointer {
  readonly #parts: WalCheckpointerParts;
  #timer: NodeJS.Timeout | undefined;
  #thread: Worker | undefined;
  #checkedAt = 0;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: WalCheckpointerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (performance.now() - this.#failedAt < RETRY_INTERVAL_MS) return;
      this.#check().catch((error: unknown) => this.#onError(error));
    }, CHECK_INTERVAL_MS).unref();
  }

  /** Ends the thread. Call it before the store is closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const thread = this.#thread;
    if (!thread) return;
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    // Not with `once` of `node:events`, which would reject if the thread fails at the end.
    thread.once("exit", () => resolve());
    thread.ref();
    thread.postMessage(null);
    await exited;
  }

  async #check(): Promise<void> {
    const { size, mtimeMs } = await stat(`${this.#parts.path}-wal`);
    const isClosed = this.#timer === undefined;
    if (isClosed || size < MIN_WAL_BYTES || mtimeMs === this.#checkedAt) return;
    this.#checkedAt = mtimeMs;
    this.#thread ??= this.#startThread();
    this.#thread.postMessage("checkpoint");
  }

  #startThread(): Worker {
    const { path } = this.#parts;
    const thread = new Worker(new URL("./wal-checkpointer-thread.js", import.meta.url), {
      workerData: path,
      resourceLimits: THREAD_LIMITS,
      // What the process itself loads with `--import` or `NODE_OPTIONS`, such as a monitoring agent, can exceed the limits.
      execArgv: [],
      env: {},
    });
    thread.unref();
    thread.on("error", (error) => this.#onError(error));
    thread.once("exit", () => {
      if (this.#thread === thread) this.#thread = undefined;
    });
    return thread;
  }

  #onError(error: unknown): void {
    this.#failedAt = performance.now();
    this.#parts.log.error({ fault: redactError(error) }, "no checkpoint");
  }
}
