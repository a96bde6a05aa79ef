import type { Server, ServerResponse } from "node:http";

/**
 * Prepares a server for a graceful stop. The returned function stops accepting connections, and resolves once every
 * request in flight is answered. Those responses carry `Connection: close`: a connection that is kept alive would delay
 * the stop by seconds.
 */
export function gracefulClose(server: Server): () => Promise<void> {
  const inFlight = new Set<ServerResponse>();
  let isClosing = false;

  function endConnectionAfter(response: ServerResponse): void {
    if (!response.headersSent) response.setHeader("Connection", "close");
  }

  server.prependListener("request", (_, response) => {
    inFlight.add(response);
    response.once("close", () => inFlight.delete(response));
    if (isClosing) endConnectionAfter(response);
  });

  return () => {
    isClosing = true;
    for (const response of inFlight) endConnectionAfter(response);
    return new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
    });
  };
}
