import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Exchange } from "./exchange.ts";

/**
 * Stands between the service and the sandbox for one test, hands everything on as it is, and writes down what passed:
 * whatever request the service learns to make is among it.
 */
export async function recordingProxyForTest(
  sandboxUrl: string,
): Promise<{ url: string; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = incoming;
    const sent = await text(incoming);
    // The headers stay as they are: the sandbox builds the next page's URL from `Host`.
    const onward = request(new URL(path, sandboxUrl), { method, headers }).end(sent);
    const [answer] = (await once(onward, "response")) as [IncomingMessage];
    const body = await text(answer);
    const { statusCode: status = 0 } = answer;
    exchanges.push({
      method,
      path,
      sent: headers["content-type"]?.includes("json") && sent ? JSON.parse(sent) : undefined,
      status,
      contentType: answer.headers["content-type"] ?? "",
      text: body,
    });
    outgoing.writeHead(status, answer.headers).end(body);
  }

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exchanges };
}
