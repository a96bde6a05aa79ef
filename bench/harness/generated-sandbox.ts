import { join } from "node:path";
import type { Webhook } from "../../sandbox/api/webhooks/webhook.ts";
import type { Fault } from "../../sandbox/fault-injector.ts";
import { ManagedProcess } from "../../testkit/managed-process.ts";
import { REPOSITORY_ROOT } from "../../testkit/repository-root.ts";

/** A change to one record of the firm, in the form of the sandbox's control API. */
export interface RecordChange {
  kind: "contact" | "matter" | "user";
  change: "update" | "add" | "remove";
  id: number;
  record?: object;
}

/** How far the clocks are moved ahead at a time: the interval at which the service polls. */
export const CLOCK_STEP_MS = 5 * 60_000;

export const ADJUSTABLE_CLOCK = join(import.meta.dirname, "adjustable-clock.ts");

/** The sandbox with a generated firm, as a separate process. */
export class GeneratedSandbox implements AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly #child: ManagedProcess;
  readonly #controls: string;

  private constructor(child: ManagedProcess, url: string, controls: string) {
    this.#child = child;
    this.#controls = controls;
    this.url = url;
    this.pid = child.pid;
  }

  static async start(firm: {
    contacts: number;
    matters: number;
    seed: number;
    relatedShare?: number;
  }): Promise<GeneratedSandbox> {
    const child = new ManagedProcess(process.execPath, {
      args: [
        ...["--import", ADJUSTABLE_CLOCK, "bench/harness/generated-sandbox-main.ts"],
        ...Object.entries(firm).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
      cwd: REPOSITORY_ROOT,
      env: { CLOCK_STEP_MS: String(CLOCK_STEP_MS) },
    });
    const [, url = "", controls = ""] = await child.waitForOutput(/^(http:\S+)\n(http:\S+)\n/);
    return new GeneratedSandbox(child, url, controls);
  }

  /** The number of requests to the API so far, by path. */
  async requestCounts(): Promise<ReadonlyMap<string, number>> {
    const counts = (await send(`${this.#controls}/counts`)) as Record<string, number>;
    return new Map(Object.entries(counts).filter(([path]) => path.startsWith("/api/")));
  }

  /** The total number of requests to the API so far. */
  async requestCount(): Promise<number> {
    return [...(await this.requestCounts()).values()].reduce((sum, count) => sum + count, 0);
  }

  /** The webhooks that the service has created, with their secrets. */
  async webhooks(): Promise<Webhook[]> {
    return (await send(`${this.#controls}/webhooks`)) as Webhook[];
  }

  /** Clicks the custom action in a record's menu. Returns the path and query that Clio opens at the service. */
  async click(click: { userId: number; subjectPath: string }): Promise<string> {
    const { pathname, search } = new URL((await send(`${this.#controls}/click`, "POST", click)) as string);
    return pathname + search;
  }

  /** @param requestsPerMinute null for no limit */
  async setRateLimit(requestsPerMinute: number | null): Promise<void> {
    await send(`${this.#controls}/limit`, "POST", { requestsPerMinute });
  }

  /** Injects a fault into every request to the API from now on. */
  async injectFault(fault: Fault): Promise<void> {
    await send(`${this.url}/sandbox/faults`, "POST", { path: "/api/v4", ...fault, times: null });
  }

  async clearFaults(): Promise<void> {
    await send(`${this.url}/sandbox/faults`, "DELETE");
  }

  /** Changes records of the firm, in the given order. */
  async change(changes: readonly RecordChange[]): Promise<void> {
    await send(`${this.url}/sandbox/changes`, "POST", changes);
  }

  /** @param drop how many of the next webhook deliveries are lost; null for all */
  async configureDeliveries(settings: { deliverTo?: string; drop?: number | null }): Promise<void> {
    await send(`${this.url}/sandbox/webhooks`, "PATCH", settings);
  }

  async holdDeliveries(): Promise<void> {
    await send(`${this.url}/sandbox/webhooks/hold`, "POST");
  }

  async releaseDeliveries(how: { order: "reversed" | "shuffled"; times: number }): Promise<void> {
    await send(`${this.url}/sandbox/webhooks/release`, "POST", how);
  }

  /** Resolves when no webhook delivery is in progress. */
  async waitForDeliveries(): Promise<void> {
    await send(`${this.url}/sandbox/webhooks/deliveries`);
  }

  /** Moves the sandbox's clock ahead by `CLOCK_STEP_MS`. */
  advanceClock(): void {
    this.#child.signal("SIGUSR2");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

async function send(url: string, method = "GET", body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} responded with ${response.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}
