import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A POST that the receiver was sent. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into bodies whose shape is what they test
  body: any;
}

/** What the receiver answers: a status, or "hang" for none at all. */
type Behaviour = number | "hang" | "reset";

/** An app that webhooks lead to: it shakes hands, takes deliveries, and is gone after the test. */
export async function receiverForTest() {
  const handshakes: Received[] = [];
  const deliveries: Received[] = [];
  const receiver = {
    url: "",
    handshakes,
    deliveries,
    /** Whether the secret is sent back. */
    shakesHands: true,
    /** Called before a handshake is answered. */
    onHandshake: async (_received: Received): Promise<void> => {},
    /** The answers to the next deliveries; 200 once they are used up. */
    answers: [] as Behaviour[],
  };

  const server = createServer(async (request, response) => {
    const raw = await text(request);
    const received = { path: request.url ?? "", headers: request.headers, raw, body: JSON.parse(raw) };
    const secret = request.headers["x-hook-secret"];
    if (typeof secret === "string") {
      handshakes.push(received);
      await receiver.onHandshake(received);
      if (receiver.shakesHands) response.setHeader("X-Hook-Secret", secret);
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

/** The signature that a delivery has to carry. */
export function signatureOf(secret: unknown, raw: string): string {
  return createHmac("sha256", String(secret)).update(raw, "utf8").digest("hex");
}
