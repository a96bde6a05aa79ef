import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type { Logger } from "pino";
import { REQUESTS_RESERVED_FOR_CALLS } from "../clio/rate-limits.ts";
import type { FirmClio } from "../connections/firm-clio.ts";
import type { OpenDirectory } from "../directory/directory.ts";
import { ServiceError } from "../errors.ts";
import { FirmWork } from "../runtime/firm-work.ts";
import { redactError } from "../runtime/redact-error.ts";
import { startContext } from "../runtime/request-context.ts";
import { type Lease, LeaseLostError } from "../store/coordination/leases.ts";
import type { DueCall } from "../store/repositories/call-outbox.ts";
import type { Store } from "../store/store.ts";
import { type Delivered, type DeliverySettings, deliverStep } from "./deliver-step.ts";
import { OUTBOX_TIMINGS, type OutboxTimings, pauseMs, planAfterFailure } from "./outbox-policy.ts";

interface OutboxWorkerParts {
  readonly store: Pick<Store, "callOutbox" | "firms" | "leases">;
  readonly firmClio: FirmClio;
  readonly openDirectory: OpenDirectory;
  readonly settings: DeliverySettings & {
    readonly callLogDays: number;
    /** Of firms that have none of their own. */
    readonly timeZone: string;
  };
  /** Called when a phone log is in Clio. */
  readonly onLogged: () => void;
  readonly log: Logger;
  readonly now: () => number;
  /** By default `OUTBOX_TIMINGS`. */
  readonly timings?: Partial<OutboxTimings> | undefined;
}

/** High enough that a firm whose requests hang doesn't hold up the others. */
const MAX_CONCURRENT_FIRMS = 16;

/** How a firm's latest steps went. */
interface FirmHealth {
  /** Failures in a row. */
  failures: number;
  /** Nothing is tried before this, in milliseconds since 1970. */
  pausedUntil: number;
}

/**
 * Brings what is due into Clio, one call of a firm at a time (docs/decisions/0025-outbox-into-clio.md). What is due is
 * decided by the database alone, so it doesn't matter which process does it, or when the last one was stopped. A lease
 * ensures that one process at a time works on a firm.
 */
export class OutboxWorker {
  readonly #parts: OutboxWorkerParts;
  readonly #timings: OutboxTimings;
  readonly #holder = randomUUID();
  readonly #startedAt: number;
  readonly #limitConcurrency = pLimit(MAX_CONCURRENT_FIRMS);
  readonly #firmWork: FirmWork;
  readonly #health = new Map<string, FirmHealth>();
  #isFailing = false;

  constructor(parts: OutboxWorkerParts) {
    this.#parts = parts;
    this.#timings = { ...OUTBOX_TIMINGS, ...parts.timings };
    this.#startedAt = parts.now();
    this.#firmWork = new FirmWork({
      checkIntervalMs: this.#timings.tickIntervalMs,
      check: () => this.#catchFailure(null, this.#tick()),
      workOn: (firmId) =>
        this.#catchFailure(
          firmId,
          this.#limitConcurrency(() => this.#workOff(firmId)),
        ),
    });
  }

  /** Starts to check all firms at regular intervals. */
  start(): void {
    this.#firmWork.start();
  }

  /** Works on a firm now, instead of at the next tick. */
  schedule(firmId: string): void {
    this.#firmWork.schedule(firmId);
  }

  /** Tries a firm again now, even if its latest steps have failed. */
  resume(firmId: string): void {
    this.#health.delete(firmId);
    this.schedule(firmId);
  }

  /** Resolves when no work is running. */
  idle(): Promise<void> {
    return this.#firmWork.idle();
  }

  /** Interrupts all work. It continues after the next start. */
  close(): Promise<void> {
    return this.#firmWork.close();
  }

  async #tick(): Promise<void> {
    for (const firmId of await this.#parts.store.callOutbox.firmsDue()) this.schedule(firmId);
  }

  /** Logs failures of the database. Failures of Clio are stored with the call. */
  async #catchFailure(firmId: string | null, work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#isFailing = false;
    } catch (error) {
      if (this.#firmWork.signal.aborted || error instanceof LeaseLostError) return;
      if (!this.#isFailing) this.#parts.log.error({ firm: firmId, fault: redactError(error) }, "phone logs");
      this.#isFailing = true;
    }
  }

  async #workOff(firmId: string): Promise<void> {
    const { store } = this.#parts;
    const { leaseDurationMs: durationMs, leaseRenewalIntervalMs } = this.#timings;
    const lease = { name: outboxLeaseName(firmId), holder: this.#holder, durationMs };
    if (this.#isPaused(firmId)) return;
    if (!(await store.leases.acquire(lease.name, lease.holder, lease.durationMs))) return;
    // During long steps. Renews and never takes: a process that was suspended must not get the lease back.
    const renewal = setInterval(() => void store.leases.renew(lease).catch(() => {}), leaseRenewalIntervalMs);
    try {
      while (!this.#firmWork.signal.aborted && !this.#isPaused(firmId)) {
        const call = await store.callOutbox.nextDue(firmId);
        if (!call) return;
        await this.#takeStep(call, lease);
      }
    } finally {
      clearInterval(renewal);
      await store.leases.release(lease.name, lease.holder);
    }
  }

  async #takeStep(call: DueCall, lease: Lease): Promise<void> {
    const { store, firmClio, openDirectory, settings, now } = this.#parts;
    const firm = await store.firms.find(call.firmId);
    const context = startContext(this.#timings.stepTimeoutMs, {
      reservedRequests: REQUESTS_RESERVED_FOR_CALLS,
      until: this.#firmWork.signal,
    });
    try {
      const delivered = await deliverStep(
        {
          clio: firmClio(call.firmId),
          directory: openDirectory(call.firmId, context),
          context,
          settings,
          timeZone: firm?.timeZone ?? settings.timeZone,
          // A call from before the start may come from a backup that is older than its phone log.
          mayExist: call.attemptedAt !== null || call.reportedAt < this.#startedAt,
          beginAttempt: () => store.callOutbox.beginAttempt(call, now() + this.#timings.settleMs, lease),
          now,
        },
        call,
      );
      await this.#store(call, delivered, lease);
      this.#health.delete(call.firmId);
    } catch (error) {
      // An interrupted attempt is recorded as begun. Its outcome is asked for after the next start.
      if (this.#firmWork.signal.aborted || error instanceof LeaseLostError) throw error;
      await this.#handleFailure(call, error, lease);
    } finally {
      context.close();
    }
  }

  async #store(call: DueCall, { next, content }: Delivered, lease: Lease): Promise<void> {
    const { store, settings, onLogged } = this.#parts;
    const { callOutbox } = store;
    if (call.step === "log") onLogged();
    switch (next) {
      case "choice":
        return callOutbox.requireChoice(call, content, lease);
      case "done":
        return callOutbox.complete(call, content, settings.callLogDays > 0, lease);
      default:
        return callOutbox.advance(call, next, content, lease);
    }
  }

  async #handleFailure(call: DueCall, error: unknown, lease: Lease): Promise<void> {
    const { store, log, now } = this.#parts;
    const { callOutbox } = store;
    if (!(error instanceof ServiceError)) {
      log.error({ firm: call.firmId, step: call.step, fault: redactError(error) }, "phone logs");
    }
    const plan = planAfterFailure(error, call.attempts, this.#timings);
    const { code, isUnsent, isCounted, retryInMs } = plan;
    const tryUntil = call.since + this.#timings.tryForMs;
    if (isCounted && now() >= tryUntil) await callOutbox.fail(call, code, lease);
    else await callOutbox.retry(call, { at: now() + retryInMs, error: code, isUnsent, isCounted }, lease);
    if (plan.isAboutCall) return;

    const failures = (this.#health.get(call.firmId)?.failures ?? 0) + (isCounted ? 1 : 0);
    this.#health.set(call.firmId, { failures, pausedUntil: now() + pauseMs(plan, failures, this.#timings) });
    // The others haven't been tried, but would have failed the same way.
    if (isCounted && failures > 1)
      await callOutbox.failOverdue(call.firmId, now() - this.#timings.tryForMs, code);
    if (isCounted && Number.isInteger(Math.log2(failures)))
      log.warn({ firm: call.firmId, step: call.step, code }, "phone logs");
  }

  #isPaused(firmId: string): boolean {
    return (this.#health.get(firmId)?.pausedUntil ?? 0) > this.#parts.now();
  }
}

export function outboxLeaseName(firmId: string): string {
  return `calls ${firmId}`;
}
