import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What the process counts, for `GET /metrics`. Labels hold routes, statuses and outcomes, never a firm or a person. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Histogram<"route" | "method" | "status">;
  readonly clioRequests: Counter<"status">;
  readonly refreshes: Counter<"outcome">;
}

/** How many connections there are in each state, as `store.connections.countByState` says it. */
type CountConnections = () => Promise<Readonly<Record<string, number>>>;

/**
 * Makes the counters of one process, in a registry of their own.
 * @param countConnections asked at each scrape
 */
export function createMetrics(countConnections: CountConnections): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
  return {
    registry,
    requests: new Histogram({
      name: "http_request_duration_seconds",
      help: "Requests answered, by route, method and status, with the time it took.",
      labelNames: ["route", "method", "status"] as const,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    clioRequests: new Counter({
      name: "clio_requests_total",
      help: "Requests sent to Clio's API, by the status that came back (`none`: no answer).",
      labelNames: ["status"] as const,
      registers: [registry],
    }),
    refreshes: new Counter({
      name: "clio_token_refreshes_total",
      help: "Access tokens renewed, by outcome.",
      labelNames: ["outcome"] as const,
      registers: [registry],
    }),
  };
}
