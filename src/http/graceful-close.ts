import type { Server, ServerResponse } from "node:http";

/**
 * Prepares a server for its end. The function returned stops taking connections and resolves when every request in
 * flight is answered; each of those answers tells its client to open a new connection (to whatever listens next), as
 * otherwise a connection that is kept alive would hold up the end for seconds.
 */
export function gracefulClose(server: Server): () => Promise<void> {
  const inFlight = new Set<ServerResponse>();
  let closing = false;

  function sayGoodbye(response: ServerResponse): void {
    if (!response.headersSent) response.setHeader("Connection", "close");
  }

  server.prependListener("request", (_, response) => {
    inFlight.add(response);
    response.once("close", () => inFlight.delete(response));
    if (closing) sayGoodbye(response);
  });

  return () => {
    closing = true;
    for (const response of inFlight) sayGoodbye(response);
    return new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
    });
  };
}
