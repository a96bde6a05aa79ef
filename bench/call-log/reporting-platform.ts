import { setTimeout as pause } from "node:timers/promises";

/** A call that a platform reports. */
export interface CallToReport {
  readonly callId: string;
  readonly number: string;
  /** Whether it was looked up when it started. */
  readonly isLookedUp: boolean;
}

const FIRST_RETRY_MS = 300;
const MAX_RETRY_MS = 10_000;
const REQUEST_TIMEOUT_MS = 3_000;

/** Reports calls at a steady rate, and each one again until it is acknowledged, as a platform would. */
export class ReportingPlatform {
  /** The IDs with which each call was acknowledged, by the platform's own ID. */
  readonly acknowledged = new Map<string, Set<string>>();
  /** Milliseconds until each first attempt was answered with 202. */
  readonly latencies: number[] = [];
  retries = 0;
  readonly #urls: () => readonly string[];
  readonly #key: string;

  /** @param urls the services that are running */
  constructor(urls: () => readonly string[], key: string) {
    this.#urls = urls;
    this.#key = key;
  }

  async reportAll(calls: readonly CallToReport[], ratePerSecond: number): Promise<void> {
    const start = performance.now();
    const reports: Promise<void>[] = [];
    for (const [index, call] of calls.entries()) {
      const wait = start + (index * 1_000) / ratePerSecond - performance.now();
      if (wait > 2) await pause(wait);
      reports.push(this.#report(call, index));
    }
    await Promise.all(reports);
  }

  async #report(call: CallToReport, index: number): Promise<void> {
    if (call.isLookedUp)
      await this.#send(index, `/route-call?caller_id=${encodeURIComponent(call.number)}`).catch(() => {});
    const body = JSON.stringify({
      caller_id: call.number,
      call_id: call.callId,
      summary: `Summary of ${call.callId}.`,
      message: "Please call back.",
      duration: "1:23",
    });
    for (let attempt = 0; ; attempt += 1) {
      const startedAt = performance.now();
      const response = await this.#send(index + attempt, "/after-call", body).catch(() => null);
      if (response?.status === 202) {
        const { id } = (await response.json()) as { id: string };
        if (attempt === 0) this.latencies.push(performance.now() - startedAt);
        this.acknowledged.set(call.callId, (this.acknowledged.get(call.callId) ?? new Set()).add(id));
        // Some platforms send a report twice, whether or not it was answered.
        if (attempt > 0 || index % 20 !== 0) return;
      }
      this.retries += 1;
      const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
      // At random, so that those that failed together don't come back together.
      await pause((delayMs * (1 + Math.random())) / 2);
    }
  }

  async #send(index: number, path: string, body?: string): Promise<Response> {
    const urls = this.#urls();
    const url = urls[index % urls.length] ?? "http://127.0.0.1:9";
    return fetch(`${url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json" },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body !== undefined && { body }),
    });
  }
}
