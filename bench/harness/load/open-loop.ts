import { availableParallelism } from "node:os";
import type { Random } from "../../../sandbox/firms/random.ts";
import { quantile } from "../measurement.ts";
import { RawConnection, type RawResponse } from "./raw-connection.ts";

/** A response under open-loop load. */
export interface TimedResponse {
  readonly path: string;
  /** 0 when the connection was closed without a response. */
  readonly status: number;
  readonly body: string;
  /** Milliseconds from when the request was due to the last byte, so that queueing counts against the server. */
  readonly latencyMs: number;
  /** When the request was due, in milliseconds from the start. */
  readonly dueMs: number;
  /** Milliseconds by which the load generator sent the request late. */
  readonly lagMs: number;
}

/** A server, and an API key for it. */
export interface Target {
  readonly url: string;
  readonly key: string;
}

/** A server, and the API key for each request by its index. */
export interface TargetWithKeys {
  readonly url: string;
  readonly key: string | ((index: number) => string);
}

const INITIAL_CONNECTIONS = 32;
/** Timers are not more precise than this. */
const TIMER_PRECISION_MS = 2;

/** Arrival times of a Poisson process, in milliseconds from the start. */
export function poissonArrivals(random: Random, ratePerSecond: number, seconds: number): number[] {
  const arrivals: number[] = [];
  for (;;) {
    const last = arrivals.at(-1) ?? 0;
    const next = last - (Math.log(1 - random.next()) * 1000) / ratePerSecond;
    if (next >= seconds * 1000) return arrivals;
    arrivals.push(next);
  }
}

/**
 * Generates open-loop load: sends each request when it is due, whether or not earlier ones have been answered. Opens a new
 * connection whenever all others are waiting for a response.
 */
export async function runOpenLoop(
  { url, key }: TargetWithKeys,
  arrivals: readonly number[],
  pathFor: (index: number) => string,
): Promise<TimedResponse[]> {
  const open = () => RawConnection.connect(url);
  const all = await Promise.all(Array.from({ length: INITIAL_CONNECTIONS }, open));
  const idle = [...all];
  const responses: TimedResponse[] = [];
  const { promise: allReceived, resolve, reject } = Promise.withResolvers<void>();
  const isSingleCore = availableParallelism() === 1;
  const start = performance.now();
  let next = 0;

  async function send(index: number): Promise<void> {
    let connection = idle.pop();
    if (!connection?.isUsable) {
      connection = await open();
      all.push(connection);
    }
    const used = connection;
    const path = pathFor(index);
    const dueMs = arrivals[index] ?? 0;
    const lagMs = performance.now() - start - dueMs;
    used.send(
      used.buildRequest(path, typeof key === "string" ? key : key(index)),
      (response: RawResponse | null) => {
        const latencyMs = performance.now() - start - dueMs;
        responses.push({
          path,
          status: response?.status ?? 0,
          body: response?.body ?? "",
          latencyMs,
          dueMs,
          lagMs,
        });
        if (used.isUsable) idle.push(used);
        if (responses.length === arrivals.length) resolve();
      },
    );
  }

  function sendDueRequests(): void {
    const now = performance.now() - start;
    for (; (arrivals[next] ?? Number.POSITIVE_INFINITY) <= now; next += 1) send(next).catch(reject);
    if (next === arrivals.length) return;
    const wait = (arrivals[next] ?? 0) - now;
    if (isSingleCore || wait > TIMER_PRECISION_MS)
      setTimeout(sendDueRequests, Math.max(0, wait - TIMER_PRECISION_MS));
    else setImmediate(sendDueRequests);
  }

  if (arrivals.length === 0) return [];
  try {
    sendDueRequests();
    await allReceived;
  } finally {
    for (const connection of all) connection.close();
  }
  return responses;
}

/** Quantiles of the latency, or of the load generator's lag: `quantilesOf(responses)(0.99)`. */
export function quantilesOf(responses: readonly TimedResponse[], what: "latencyMs" | "lagMs" = "latencyMs") {
  const times = responses.map((response) => response[what]);
  return (q: number) => quantile(times, q);
}
