import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { Logger } from "pino";
import { redactError } from "../runtime/redact-error.ts";
import type { AuditEvents } from "../store/repositories/audit-events.ts";

const DAY_MS = 24 * 60 * 60_000;
const SWEEP_INTERVAL_MS = 60 * 60_000;
const SWEEP_BATCH_ROWS = 500;

/** How long the history is kept. */
export interface AuditRetention {
  /** Entries before this time have expired. In epoch milliseconds. */
  expiredBefore(): number;
}

/** @param auditDays the setting `AUDIT_DAYS` */
export function createAuditRetention(auditDays: number, now: () => number): AuditRetention {
  return { expiredBefore: () => now() - auditDays * DAY_MS };
}

interface AuditSweeperParts {
  events: Pick<AuditEvents, "deleteBefore">;
  retention: AuditRetention;
  log: Logger;
}

/** Deletes expired entries of the history, at start and every hour. Several processes can do this at the same time. */
export class AuditSweeper {
  readonly #parts: AuditSweeperParts;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #sweep: Promise<void> = Promise.resolve();

  constructor(parts: AuditSweeperParts) {
    this.#parts = parts;
  }

  start(): void {
    const sweep = () => {
      // The next sweep deletes what a failed one left.
      this.#sweep = this.#deleteExpired().catch((error) => {
        this.#parts.log.error({ fault: redactError(error) }, "audit sweep");
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

  async #deleteExpired(): Promise<void> {
    const { events, retention } = this.#parts;
    const expiredBefore = retention.expiredBefore();
    // SQLite runs synchronously, so calls can only be answered between batches.
    while (!this.#isClosed && (await events.deleteBefore(expiredBefore, SWEEP_BATCH_ROWS)))
      await yieldToEventLoop();
  }
}
