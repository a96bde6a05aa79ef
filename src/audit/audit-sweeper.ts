import type { Logger } from "pino";
import { PeriodicSweep } from "../runtime/periodic-sweep.ts";
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
  readonly #sweep: PeriodicSweep;

  constructor(parts: AuditSweeperParts) {
    this.#parts = parts;
    this.#sweep = new PeriodicSweep({
      name: "audit sweep",
      intervalMs: SWEEP_INTERVAL_MS,
      sweep: () => this.#deleteExpired(),
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

  async #deleteExpired(): Promise<void> {
    const { events, retention } = this.#parts;
    const expiredBefore = retention.expiredBefore();
    await this.#sweep.deleteInBatches(() => events.deleteBefore(expiredBefore, SWEEP_BATCH_ROWS));
  }
}
