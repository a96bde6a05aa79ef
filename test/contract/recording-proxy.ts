import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Exchange } from "./exchange.ts";

/**
 * Starts a proxy between the service and the sandbox for one test. It forwards everything unchanged and records every
 * exchange, so that future requests of the service are checked as well.
 */
export async function recordingProxyForTest(
  sandboxUrl: string,
): Promise<{ url: string; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = incoming;
    const sent = await text(incoming);
    // The headers must stay unchanged: the sandbox builds the next page's URL from `Host`.
    const forwarded = request(new URL(path, sandboxUrl), { method, headers }).end(sent);
    const [response] = (await once(forwarded, "response")) as [IncomingMessage];
    const body = await text(response);
    const { statusCode: status = 0 } = response;
    exchanges.push({
      method,
      path,
      sent: headers["content-type"]?.includes("json") && sent ? JSON.parse(sent) : undefined,
      status,
      contentType: response.headers["content-type"] ?? "",
      text: body,
    });
    outgoing.writeHead(status, response.headers).end(body);
  }

  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => outgoing.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exchanges };
}
