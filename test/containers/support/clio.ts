import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { buffer } from "node:stream/consumers";
import { startSandbox } from "../../../sandbox/sandbox.ts";

/** Where a container reaches the engine: the bridge's gateway. */
const HOST = "172.17.0.1";
const PORT = 4443;

/** Where the containers reach the sandbox. */
export const CLIO_URL = `https://${HOST}:${PORT}`;

/**
 * Starts the sandbox behind HTTPS, because the service accepts plain HTTP for Clio on loopback only, and a container has its
 * own loopback. The sandbox stops with this process.
 */
export async function startClio(): Promise<void> {
  const sandbox = await startSandbox({
    requestsPerMinute: Number.POSITIVE_INFINITY,
    webhooks: { deliverTo: "http://127.0.0.1:3000" },
  });
  const { port } = new URL(sandbox.url);
  const file = (name: string) => readFileSync(`/lab/tls/${name}`);
  const server = createServer({ key: file("key.pem"), cert: file("cert.pem") }, (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = request({ host: "127.0.0.1", port, method, path: url, headers }, async (answer) => {
      // The sandbox doesn't know that it is behind HTTPS.
      const text = (await buffer(answer))
        .toString()
        .replaceAll(`http://${headers.host}`, `https://${headers.host}`);
      const { "transfer-encoding": _, ...answerHeaders } = answer.headers;
      outgoing
        .writeHead(answer.statusCode ?? 502, { ...answerHeaders, "content-length": Buffer.byteLength(text) })
        .end(text);
    });
    forwarded.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(PORT, "0.0.0.0", resolve));
}
