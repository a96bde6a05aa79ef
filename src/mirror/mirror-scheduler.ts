import { randomUUID } from "node:crypto";
import { setTimeout as pause, setImmediate as yieldToEventLoop } from "node:timers/promises";
import pLimit from "p-limit";
import type { Logger } from "pino";
import type { CountryCode } from "../calls/matching/search-terms.ts";
import type { UserClio } from "../connections/user-clio.ts";
import { FirmWork } from "../runtime/firm-work.ts";
import type { Lease } from "../store/coordination/leases.ts";
import type { ChangeKind } from "../store/repositories/pending-changes.ts";
import type { Store } from "../store/store.ts";
import { createFailureLog, type LogFailure } from "./failure-log.ts";
import { POLL_INTERVAL_MS } from "./freshness.ts";
import { type MirrorRequirements, nextSyncStep } from "./next-step.ts";
import { shouldLogFailure } from "./retry-policy.ts";
import { StepRunner } from "./step-runner.ts";

interface SchedulerParts {
  store: Store;
  userClio: UserClio;
  /** The requirements for every mirror; null if no mirrors are kept (`DIRECTORY=live`). */
  requirements: MirrorRequirements | null;
  settings: {
    readonly defaultCountry: CountryCode;
    readonly relatedCallers: boolean;
    readonly timeZone: string;
  };
  log: Logger;
  now: () => number;
  /** How often the firms are checked for work. Default 2 seconds. */
  pollIntervalMs?: number | undefined;
  /** Called when this process starts a full sync, and when no full sync is running any longer. */
  onFullSyncStart?: (() => void) | undefined;
  onFullSyncEnd?: (() => void) | undefined;
}

const TICK_INTERVAL_MS = 2_000;
/** Only every fifth tick checks every firm, because that reads all of them from the database. */
const TICKS_PER_FULL_CHECK = 5;
/** If a process dies while it works on a firm, another one takes over after this time. */
const LEASE_DURATION_MS = 20_000;
/** Renews the lease during long steps. */
const LEASE_RENEWAL_INTERVAL_MS = 6_000;
/** Changes often come in bursts, so they are collected for a moment and read together. */
const DEBOUNCE_MS = 250;
/** High enough that a firm whose requests hang doesn't hold up the others. */
const MAX_CONCURRENT_FIRMS = 16;
/** Small, because calls are answered between two batches. */
const CHECK_BATCH_FIRMS = 50;
const SWEEP_BATCH_ROWS = 200;
/** No page shows an absence that is over. */
const ABSENCE_RETENTION_MS = 7 * 24 * 60 * 60_000;

/**
 * Keeps the firms' mirrors up to date. What is due is decided by the database alone (`nextSyncStep`), so it doesn't matter
 * which process takes a step, or when the last one was stopped. A lease ensures that one process at a time works on a firm
 * (docs/decisions/0007-leases-and-locks.md).
 */
export class MirrorScheduler {
  readonly #parts: SchedulerParts;
  readonly #runner: StepRunner;
  readonly #logFailure: LogFailure;
  readonly #leaseHolder = randomUUID();
  readonly #limitConcurrency = pLimit(MAX_CONCURRENT_FIRMS);
  readonly #firmWork: FirmWork;
  /** Firms whose full sync this process is running. */
  readonly #fullSyncs = new Set<string>();
  /** How often in a row the work on a firm has failed; with the key null, the ticks. */
  readonly #failures = new Map<string | null, number>();
  #tickCount = 0;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    const { store, userClio, requirements, settings, log, now } = parts;
    this.#firmWork = new FirmWork({
      checkIntervalMs: parts.pollIntervalMs ?? TICK_INTERVAL_MS,
      check: () => this.#catchFailure(null, "tick", this.#tick()),
      workOn: (firmId) => this.#catchFailure(firmId, "sync", this.#syncFirm(firmId)),
    });
    this.#logFailure = createFailureLog(log, this.#firmWork.signal);
    this.#runner = new StepRunner({
      store,
      userClio,
      requirements,
      defaultCountry: settings.defaultCountry,
      relatedCallers: settings.relatedCallers,
      defaultTimeZone: settings.timeZone,
      log,
      now,
      closing: this.#firmWork.signal,
      logFailure: this.#logFailure,
      onSyncPage: (firmId) => this.#markFullSync(firmId),
    });
  }

  /** Starts to check all firms for work at regular intervals. */
  start(): void {
    this.#firmWork.start();
  }

  /** Checks a firm for work now, instead of at the next tick. */
  schedule(firmId: string): void {
    this.#firmWork.schedule(firmId);
  }

  /** Records that records of a firm have changed, and schedules the firm. Durable once it resolves. */
  async recordChanges(firmId: string, kind: ChangeKind, recordIds: readonly number[]): Promise<void> {
    const { store } = this.#parts;
    const firm = await store.mirrors.findSummary(firmId);
    if (!firm?.mirror) return;
    await store.pendingChanges.add(firm.mirror.id, kind, recordIds);
    this.schedule(firmId);
  }

  /** Resolves when no work is running. */
  idle(): Promise<void> {
    return this.#firmWork.idle();
  }

  /** Interrupts all work. It continues where it was after the next start. */
  close(): Promise<void> {
    return this.#firmWork.close();
  }

  async #tick(): Promise<void> {
    const { store, requirements, now } = this.#parts;
    if (this.#tickCount++ % TICKS_PER_FULL_CHECK > 0) {
      for (const firmId of await store.mirrors.needingWork(now() - POLL_INTERVAL_MS)) this.schedule(firmId);
      return;
    }
    // First, so that data deleted by another process becomes unreadable here even if the rest fails.
    await store.mirrorKeys.forgetDiscarded();
    await store.connections.forgetRemoved();
    await store.mirrorKeys.restoreLost();
    await store.mirrors.discardOrphans();
    await this.#checkAllFirms();
    if (requirements === null) await this.#runner.webhooks.removeAll();
    while (!this.#firmWork.signal.aborted && (await store.mirrors.sweep(SWEEP_BATCH_ROWS)))
      await yieldToEventLoop();
    await store.absences.deleteEndedBefore(this.#parts.now() - ABSENCE_RETENTION_MS, SWEEP_BATCH_ROWS);
    await store.erasure.finish();
  }

  async #checkAllFirms(): Promise<void> {
    const { store, requirements, now } = this.#parts;
    let after = "";
    while (!this.#firmWork.signal.aborted) {
      const firms = await store.mirrors.listAfter(after, CHECK_BATCH_FIRMS);
      for (const firm of firms) if (nextSyncStep(firm, requirements, now())) this.schedule(firm.firmId);
      const last = firms.at(-1);
      if (!last) return;
      after = last.firmId;
      await yieldToEventLoop();
    }
  }

  /** Logs failures of the scheduler itself, which mean that the database failed. Failed steps are handled by the runner. */
  async #catchFailure(firmId: string | null, step: "tick" | "sync", work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#failures.delete(firmId);
    } catch (error) {
      const failures = this.#failures.get(firmId) ?? 0;
      this.#failures.set(firmId, failures + 1);
      if (shouldLogFailure(failures)) this.#logFailure(firmId, step, error);
    }
  }

  /** Runs one step after another until none is due or one fails. */
  async #syncFirm(firmId: string): Promise<void> {
    const lease = {
      name: mirrorLeaseName(firmId),
      holder: this.#leaseHolder,
      durationMs: LEASE_DURATION_MS,
    };
    try {
      const runStep = () => this.#runNextStep(firmId, lease);
      while (!this.#firmWork.signal.aborted && (await this.#limitConcurrency(runStep)));
    } finally {
      this.#unmarkFullSync(firmId);
      await this.#parts.store.leases.release(lease.name, lease.holder);
    }
  }

  /**
   * Runs the firm's next step, unless none is due or another process is working on the firm.
   * @returns whether to continue with another step
   */
  async #runNextStep(firmId: string, lease: Lease): Promise<boolean> {
    const { store, requirements, now } = this.#parts;
    if (!(await store.leases.acquire(lease.name, lease.holder, lease.durationMs))) return false;
    // Renews and never takes: a process that was suspended while another one read the firm must not get the lease back
    // and write outdated records. If a renewal fails, the next one or a write under the lease extends the lease.
    const renewal = setInterval(
      () => void store.leases.renew(lease).catch(() => {}),
      LEASE_RENEWAL_INTERVAL_MS,
    );
    try {
      const firm = await store.mirrors.findByFirm(firmId);
      const step = firm && nextSyncStep(firm, requirements, now());
      if (step === "pending_changes") await this.#debounce();
      return step ? await this.#runner.run(firm, step, lease) : false;
    } finally {
      clearInterval(renewal);
    }
  }

  async #debounce(): Promise<void> {
    const { signal } = this.#firmWork;
    await pause(DEBOUNCE_MS, undefined, { signal }).catch(() => {});
  }

  #markFullSync(firmId: string): void {
    if (this.#fullSyncs.size === 0) this.#parts.onFullSyncStart?.();
    this.#fullSyncs.add(firmId);
  }

  #unmarkFullSync(firmId: string): void {
    if (this.#fullSyncs.delete(firmId) && this.#fullSyncs.size === 0) this.#parts.onFullSyncEnd?.();
  }
}

/** The name of the lease under which a process works on a firm's mirror. */
export function mirrorLeaseName(firmId: string): string {
  return `mirror ${firmId}`;
}
