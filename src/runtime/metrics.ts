import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { cached } from "./cached-value.ts";

/**
 * The metrics of this process, for `GET /metrics` (docs/reference/metrics-and-logs.md). Labels contain routes, statuses and
 * outcomes, never a firm or a person.
 */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Histogram<"route" | "method" | "status">;
  readonly clioRequests: Counter<"status">;
  readonly refreshes: Counter<"outcome">;
  readonly directoryAnswers: Counter<"source">;
  readonly webhookDeliveries: Counter<"outcome">;
  readonly callAnswers: Counter<"outcome">;
  readonly callAnswersDropped: Counter;
  readonly phoneLogsWritten: Counter;
}

/** Where the gauges get their values. */
interface MetricsSource {
  readonly connections: { countByState(): Promise<Readonly<Record<string, number>>> };
  readonly mirrors: {
    totals(): Promise<{
      users: number;
      contacts: number;
      matters: number;
      /** Epoch milliseconds; null if there is no complete mirror. */
      oldestPolledAt: number | null;
    }>;
  };
  readonly callOutbox: {
    totals(): Promise<{
      waiting: number;
      needsChoice: number;
      failed: number;
      /** Epoch milliseconds; null if none is waiting. */
      oldestSince: number | null;
    }>;
  };
}

/** Anyone who can reach `/metrics` can scrape it, and counting reads every firm. */
const COUNTS_MAX_AGE_MS = 5_000;

/** Every measurement wakes the process up. At the default of 10 ms, that was most of what a service at rest took. */
const EVENT_LOOP_INTERVAL_MS = 50;

/**
 * Creates the metrics of one process, in a registry of their own.
 * @param store queried by scrapes, at most once in `maxAgeMs`
 * @param now epoch milliseconds
 */
export function createMetrics(
  store: MetricsSource,
  now: () => number,
  maxAgeMs = COUNTS_MAX_AGE_MS,
): Metrics {
  const countConnections = cached(() => store.connections.countByState(), maxAgeMs, now);
  const countRecords = cached(() => store.mirrors.totals(), maxAgeMs, now);
  const countOutbox = cached(() => store.callOutbox.totals(), maxAgeMs, now);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_INTERVAL_MS });
  new Gauge({
    name: "clio_connections",
    help: "Connections to Clio by state.",
    labelNames: ["state"] as const,
    registers: [registry],
    async collect() {
      this.reset();
      for (const [state, count] of Object.entries(await countConnections())) this.set({ state }, count);
    },
  });
  new Gauge({
    name: "clio_mirror_records",
    help: "Records in the local copies of all firms, by kind.",
    labelNames: ["kind"] as const,
    registers: [registry],
    async collect() {
      const { users, contacts, matters } = await countRecords();
      for (const [kind, count] of Object.entries({ users, contacts, matters })) this.set({ kind }, count);
    },
  });
  new Gauge({
    name: "clio_mirror_age_seconds",
    help: "Time since the firm that is furthest behind was last checked against Clio; absent while no firm has a complete copy.",
    registers: [registry],
    async collect() {
      this.reset();
      const { oldestPolledAt } = await countRecords();
      if (oldestPolledAt === null) this.remove();
      else this.set((now() - oldestPolledAt) / 1000);
    },
  });
  new Gauge({
    name: "phone_logs",
    help: "Calls whose phone log isn't in Clio, by state.",
    labelNames: ["state"] as const,
    registers: [registry],
    async collect() {
      const { waiting, needsChoice, failed } = await countOutbox();
      this.set({ state: "waiting" }, waiting);
      this.set({ state: "needs_choice" }, needsChoice);
      this.set({ state: "failed" }, failed);
    },
  });
  new Gauge({
    name: "phone_log_oldest_waiting_seconds",
    help: "For how long the oldest phone log has been waiting for Clio; 0 if none is waiting.",
    registers: [registry],
    async collect() {
      const { oldestSince } = await countOutbox();
      this.set(oldestSince === null ? 0 : (now() - oldestSince) / 1000);
    },
  });
  return {
    registry,
    requests: new Histogram({
      name: "http_request_duration_seconds",
      help: "Duration of answered requests, by route, method and status.",
      labelNames: ["route", "method", "status"] as const,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    clioRequests: new Counter({
      name: "clio_requests_total",
      help: "Requests sent to Clio's API, by response status (`none`: no response).",
      labelNames: ["status"] as const,
      registers: [registry],
    }),
    refreshes: new Counter({
      name: "clio_token_refreshes_total",
      help: "Refreshes of access tokens, by outcome.",
      labelNames: ["outcome"] as const,
      registers: [registry],
    }),
    directoryAnswers: new Counter({
      name: "directory_answers_total",
      help: "Requests about callers, by source of the answer: `live` (Clio), `mirror`, `mirror_without_clio`.",
      labelNames: ["source"] as const,
      registers: [registry],
    }),
    callAnswers: new Counter({
      name: "call_answers_total",
      help: "Answers about callers, by outcome.",
      labelNames: ["outcome"] as const,
      registers: [registry],
    }),
    callAnswersDropped: new Counter({
      name: "call_answers_dropped_total",
      help: "Answers that couldn't be recorded for /calls.",
      registers: [registry],
    }),
    phoneLogsWritten: new Counter({
      name: "phone_logs_written_total",
      help: "Phone logs that are in Clio.",
      registers: [registry],
    }),
    webhookDeliveries: new Counter({
      name: "clio_webhook_deliveries_total",
      help: "Webhook deliveries and handshakes from Clio, by outcome.",
      labelNames: ["outcome"] as const,
      registers: [registry],
    }),
  };
}
