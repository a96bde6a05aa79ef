import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A POST request to the receiver. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of the body is what the tests check
  body: any;
}

/** The receiver's response to a delivery: a status, no response, or a reset connection. */
type Behaviour = number | "hang" | "reset";

/** Starts an app that answers handshakes and accepts deliveries until the end of the test. */
export async function receiverForTest() {
  const handshakes: Received[] = [];
  const deliveries: Received[] = [];
  const receiver = {
    url: "",
    handshakes,
    deliveries,
    /** Whether handshakes are answered with the secret. */
    returnsSecret: true,
    /** Called before a handshake is answered. */
    onHandshake: async (_received: Received): Promise<void> => {},
    /** The responses to the next deliveries; then 200. */
    answers: [] as Behaviour[],
  };

  const server = createServer(async (request, response) => {
    const raw = await text(request);
    const received = { path: request.url ?? "", headers: request.headers, raw, body: JSON.parse(raw) };
    const secret = request.headers["x-hook-secret"];
    if (typeof secret === "string") {
      handshakes.push(received);
      await receiver.onHandshake(received);
      if (receiver.returnsSecret) response.setHeader("X-Hook-Secret", secret);
      response.end();
      return;
    }
    deliveries.push(received);
    const answer = receiver.answers.shift() ?? 200;
    if (answer === "reset") request.socket.destroy();
    if (typeof answer === "number") response.writeHead(answer, { Location: "/elsewhere" }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

export type Receiver = Awaited<ReturnType<typeof receiverForTest>>;

/** The signature that a delivery must have. */
export function signatureOf(secret: unknown, raw: string): string {
  return createHmac("sha256", String(secret)).update(raw, "utf8").digest("hex");
}
