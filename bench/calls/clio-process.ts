import { join } from "node:path";
import type { Webhook } from "../../sandbox/api/webhooks/webhook.ts";
import type { Fault } from "../../sandbox/fault-injector.ts";
import { Child } from "../child.ts";
import { CHECKOUT } from "../processes.ts";

/** A change to one record of the firm, as the sandbox takes it over HTTP. */
export interface RecordChange {
  kind: "contact" | "matter" | "user";
  change: "update" | "add" | "remove";
  id: number;
  record?: object;
}

/** Milliseconds by which the clocks are moved ahead at a time: as long as the service waits between two polls. */
export const CLOCK_STEP = 5 * 60_000;

export const CLOCK = join(CHECKOUT, "bench/calls/clock.ts");

/** The stand-in for Clio, with a big firm, as a process of its own. */
export class ClioProcess implements AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly #child: Child;
  readonly #controls: string;

  private constructor(child: Child, url: string, controls: string) {
    this.#child = child;
    this.#controls = controls;
    this.url = url;
    this.pid = child.pid;
  }

  static async start(firm: { contacts: number; matters: number; seed: number }): Promise<ClioProcess> {
    const child = new Child(process.execPath, {
      args: [
        ...["--import", CLOCK, "bench/calls/sandbox-main.ts"],
        ...Object.entries(firm).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
      cwd: CHECKOUT,
      env: { CLOCK_STEP: String(CLOCK_STEP) },
    });
    const [, url = "", controls = ""] = await child.printed(/^(http:\S+)\n(http:\S+)\n/);
    return new ClioProcess(child, url, controls);
  }

  /** Requests to the API so far, by path. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const counts = (await asked(`${this.#controls}/counts`)) as Record<string, number>;
    return new Map(Object.entries(counts).filter(([path]) => path.startsWith("/api/")));
  }

  /** All of them. */
  async requests(): Promise<number> {
    return [...(await this.counts()).values()].reduce((sum, count) => sum + count, 0);
  }

  /** The webhooks that the service has made, with their secrets. */
  async webhooks(): Promise<Webhook[]> {
    return (await asked(`${this.#controls}/webhooks`)) as Webhook[];
  }

  /** @param requestsPerMinute null for no limit */
  async limit(requestsPerMinute: number | null): Promise<void> {
    await asked(`${this.#controls}/limit`, "POST", { requestsPerMinute });
  }

  /** From now on, for every request to the API. */
  async fault(fault: Fault): Promise<void> {
    await asked(`${this.url}/sandbox/faults`, "POST", { path: "/api/v4", ...fault, times: null });
  }

  async clearFaults(): Promise<void> {
    await asked(`${this.url}/sandbox/faults`, "DELETE");
  }

  /** Changes records of the firm, in that order. */
  async change(changes: readonly RecordChange[]): Promise<void> {
    await asked(`${this.url}/sandbox/changes`, "POST", changes);
  }

  /** @param drop how many deliveries are lost; null for all from now on */
  async deliver(settings: { deliverTo?: string; drop?: number | null }): Promise<void> {
    await asked(`${this.url}/sandbox/webhooks`, "PATCH", settings);
  }

  async holdDeliveries(): Promise<void> {
    await asked(`${this.url}/sandbox/webhooks/hold`, "POST");
  }

  async releaseDeliveries(how: { order: "reversed" | "shuffled"; times: number }): Promise<void> {
    await asked(`${this.url}/sandbox/webhooks/release`, "POST", how);
  }

  /** Resolves when no delivery is under way. */
  async idle(): Promise<void> {
    await asked(`${this.url}/sandbox/webhooks/deliveries`);
  }

  /** Moves its clock on by `CLOCK_STEP`. */
  moveClock(): void {
    this.#child.signal("SIGUSR2");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

async function asked(url: string, method = "GET", body?: object): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}
