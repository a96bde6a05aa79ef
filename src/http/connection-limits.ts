import type { Server, ServerOptions } from "node:http";

/** Node checks the first two limits every `connectionsCheckingInterval`, so a connection may exceed them by that long. */
export const CONNECTION_LIMITS = {
  /** For the request line and the headers. Anything longer gets a 431. */
  maxHeaderSize: 32 * 1024,
  headersTimeout: 10_000,
  /** For the whole request, including its body. */
  requestTimeout: 20_000,
  connectionsCheckingInterval: 5_000,
  /** How long a connection may wait for its next request. */
  keepAliveTimeout: 5_000,
} as const satisfies ServerOptions;

/**
 * From receiving a request's headers until the client has read the whole response. The longest deadline that `ANSWER_DEADLINE_MS`
 * allows is 60 seconds; the rest is for the client.
 */
export const EXCHANGE_TIMEOUT_MS = 90_000;

/** Cuts off a client that takes too long to read its response. Node has no limit for that. */
export function limitExchanges(server: Server, timeoutMs = EXCHANGE_TIMEOUT_MS): void {
  server.on("request", ({ socket }, response) => {
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    response.on("close", () => clearTimeout(timer));
  });
}
