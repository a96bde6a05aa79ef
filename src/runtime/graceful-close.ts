import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface GracefulCloseOptions {
  /** How long a connection may take to deliver a request that was already on its way, in milliseconds. */
  arrivalTimeoutMs: number;
  /** How long requests in flight may take to be answered, and the responses to be read, in milliseconds. */
  responseTimeoutMs: number;
}

/**
 * Prepares a server for a graceful stop. The returned function stops accepting connections, and resolves once every
 * request in flight is answered, or after `responseTimeoutMs` at the latest, whatever clients do. Responses have the
 * header `Connection: close`, because a connection that is kept alive would delay the stop by seconds.
 */
export function gracefulClose(
  server: Server,
  { arrivalTimeoutMs, responseTimeoutMs }: GracefulCloseOptions,
): () => Promise<void> {
  const inFlight = new Map<Socket, Set<ServerResponse>>();
  let isClosing = false;
  let isArrivalOver = false;

  server.on("connection", (socket: Socket) => {
    inFlight.set(socket, new Set());
    socket.once("close", () => inFlight.delete(socket));
  });

  server.prependListener("request", ({ socket }, response) => {
    const responses = inFlight.get(socket);
    responses?.add(response);
    response.on("close", () => {
      responses?.delete(response);
      // If the header was sent before the stop began, the connection is kept alive. The client has no other request on it.
      if (isArrivalOver && responses?.size === 0) socket.destroySoon();
    });
    if (isClosing) endConnectionAfter(response);
  });

  /** Node's own `closeIdleConnections` doesn't close connections that have sent nothing or only part of a request. */
  function endConnectionsWithoutRequest(): void {
    isArrivalOver = true;
    for (const [socket, responses] of inFlight) if (responses.size === 0) socket.destroy();
  }

  return async () => {
    isClosing = true;
    for (const responses of inFlight.values()) for (const response of responses) endConnectionAfter(response);
    const timers = [
      setTimeout(endConnectionsWithoutRequest, arrivalTimeoutMs),
      setTimeout(() => server.closeAllConnections(), responseTimeoutMs),
    ];
    try {
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  };
}

function endConnectionAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}
