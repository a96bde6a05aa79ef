import { ClioRateLimitedError, TooManyRequestsError } from "../errors.ts";
import type { CallReports, ReportToStore, StoredReport } from "../store/repositories/call-reports.ts";
import type { CallRecorder } from "./call-recorder.ts";

interface CallReporterParts {
  readonly reports: CallReports;
  readonly callRecorder: Pick<CallRecorder, "flushCaller" | "forgetCaller">;
  /** Called when a firm has something new that is due in Clio. */
  readonly onReported: (firmId: string) => void;
  /** Whether several processes share the database. */
  readonly isShared: boolean;
  readonly now: () => number;
}

interface QueuedReport {
  readonly report: ReportToStore;
  readonly resolve: (stored: StoredReport) => void;
  readonly reject: (error: unknown) => void;
}

/** What this process has stored for a firm since a moment. */
interface Usage {
  readonly since: number;
  calls: number;
  bytes: number;
}

interface KnownBacklog {
  readonly checkedAt: number;
  calls: number;
  bytes: number;
}

/**
 * On SQLite, reports that come at the same time share a transaction: SQLite runs synchronously, so no call is answered during
 * a commit.
 */
const BATCH_WINDOW_MS = 15;
const MAX_BATCH_REPORTS = 50;
/** Clio takes at least ten calls a minute, so this is more than a day's. */
const MAX_BACKLOG_CALLS = 20_000;
const MAX_BACKLOG_BYTES = 512 * 1024 * 1024;
const BACKLOG_MAX_AGE_MS = 10_000;
const RETRY_AFTER_SECONDS = 300;
/** Many times what the busiest firm has. Also holds for calls that aren't written into Clio, and so never wait. */
const MAX_DAILY_CALLS = 100_000;
const MAX_DAILY_BYTES = 256 * 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;

/** Stores the reports of calls that have ended. */
export class CallReporter {
  readonly #parts: CallReporterParts;
  readonly #queues = new Map<string, QueuedReport[]>();
  readonly #backlogs = new Map<string, KnownBacklog>();
  readonly #usages = new Map<string, Usage>();
  readonly #writing = new Set<Promise<void>>();

  constructor(parts: CallReporterParts) {
    this.#parts = parts;
  }

  /**
   * Stores a report. Durable once it resolves.
   *
   * @throws ClioRateLimitedError if the firm has too much waiting for Clio already; TooManyRequestsError if it has reported
   * too much in the last 24 hours; the database's error
   */
  async report(firmId: string, report: ReportToStore): Promise<StoredReport> {
    const bytes = report.texts ? JSON.stringify(report.texts).length : 0;
    const usage = this.#usageOf(firmId);
    await this.#assertRoom(firmId, bytes);
    const stored = await this.#enqueue(firmId, report);
    if (!stored.isDuplicate) {
      usage.calls += 1;
      usage.bytes += bytes;
    }
    return stored;
  }

  async #enqueue(firmId: string, report: ReportToStore): Promise<StoredReport> {
    // An answer about the same call may still be waiting to be written.
    await this.#parts.callRecorder.flushCaller(firmId, report.caller.caller);
    return new Promise((resolve, reject) => {
      const queued = { report, resolve, reject };
      // Two processes that get the same reports in different orders would wait for each other, if each wrote them together.
      if (this.#parts.isShared) return this.#write(firmId, [queued]);
      const queue = this.#queues.get(firmId);
      if (queue && queue.length < MAX_BATCH_REPORTS) {
        queue.push(queued);
        return;
      }
      const batch = [queued];
      this.#queues.set(firmId, batch);
      setTimeout(() => this.#write(firmId, batch), BATCH_WINDOW_MS);
    });
  }

  /** Resolves once every report that was accepted is written. */
  async close(): Promise<void> {
    for (const [firmId, batch] of this.#queues) this.#write(firmId, batch);
    await Promise.all(this.#writing);
  }

  #write(firmId: string, batch: QueuedReport[]): void {
    if (this.#queues.get(firmId) === batch) this.#queues.delete(firmId);
    const reports = batch.splice(0);
    if (reports.length === 0) return;
    const writing = this.#store(firmId, reports).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  async #store(firmId: string, batch: readonly QueuedReport[]): Promise<void> {
    const { reports, callRecorder, onReported } = this.#parts;
    try {
      const stored = await reports.store(
        firmId,
        batch.map(({ report }) => report),
      );
      for (const [index, result] of stored.entries()) batch[index]?.resolve(result);
      for (const { report } of batch) callRecorder.forgetCaller(firmId, report.caller.caller);
      onReported(firmId);
    } catch (error) {
      const [first, ...others] = batch;
      if (others.length === 0) first?.reject(error);
      // One of them must not fail the others.
      else for (const one of batch) await this.#store(firmId, [one]);
    }
  }

  /** A stolen key must not fill the disk, even if nothing is written into Clio. */
  #usageOf(firmId: string): Usage {
    const at = this.#parts.now();
    const known = this.#usages.get(firmId);
    const usage = known && at - known.since < DAY_MS ? known : { since: at, calls: 0, bytes: 0 };
    this.#usages.set(firmId, usage);
    if (usage.calls >= MAX_DAILY_CALLS || usage.bytes >= MAX_DAILY_BYTES)
      throw new TooManyRequestsError(
        "The firm has reported too many calls, or too much text, within a day.",
        {
          title: "Too many calls were reported",
          retryAfter: Math.ceil((usage.since + DAY_MS - at) / 1000),
        },
      );
    return usage;
  }

  async #assertRoom(firmId: string, bytes: number): Promise<void> {
    const { reports, now } = this.#parts;
    let backlog = this.#backlogs.get(firmId);
    if (!backlog || now() - backlog.checkedAt > BACKLOG_MAX_AGE_MS) {
      backlog = { checkedAt: now(), ...(await reports.backlog(firmId)) };
      this.#backlogs.set(firmId, backlog);
    }
    if (backlog.calls >= MAX_BACKLOG_CALLS || backlog.bytes >= MAX_BACKLOG_BYTES)
      throw new ClioRateLimitedError(
        "Too many of the firm's calls are waiting for Clio, or for a decision on /calls.",
        { retryAfter: RETRY_AFTER_SECONDS },
      );
    backlog.calls += 1;
    backlog.bytes += bytes;
  }
}
