import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import supertest from "supertest";
import { expect, onTestFinished, test } from "vitest";
import { limitExchanges } from "../../src/http/connection-limits.ts";
import { sandboxForTest, serviceForTest } from "../../testkit/service.ts";

/** Sends `text`, then nothing more. Resolves with what was received once the other side has ended the connection. */
async function receivedUntilClosed(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    received += chunk;
  });
  if (text) socket.write(text);
  await once(socket, "close");
  return received;
}

test("closes connections that send nothing, or only part of the headers or the body", async () => {
  const sandbox = await sandboxForTest();
  const port = Number(new URL((await serviceForTest(sandbox.url)).url).port);
  const [silence, head, body] = await Promise.all([
    receivedUntilClosed(port, ""),
    receivedUntilClosed(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: "),
    receivedUntilClosed(
      port,
      "POST /webhooks/clio/none HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
    ),
  ]);
  expect(silence).toMatch(/^(HTTP\/1.1 408 |$)/);
  expect(head).toMatch(/^HTTP\/1.1 408 /);
  expect(body).toMatch(/^HTTP\/1.1 (408|401) /);
});

test("cuts off a client that doesn't read its response in time", async () => {
  const server = createServer((_, response) => response.end("x".repeat(64 * 1024 * 1024)));
  limitExchanges(server, 50);
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const asked = once(server, "request") as Promise<[unknown, ServerResponse]>;
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {}).pause();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const [, response] = await asked;
  await once(response, "close");
  expect(response.writableFinished).toBe(false);
});

test("refuses a request line and headers above 32 kB with 431, and reads a parameter below that", async () => {
  const sandbox = await sandboxForTest();
  const service = await serviceForTest(sandbox.url);
  const statusOf = async (length: number) =>
    (await supertest(service.url).get(`/openapi.json?text=${"x".repeat(length)}`)).status;
  expect(await statusOf(31_000)).toBe(200);
  expect(await statusOf(33_000)).toBe(431);
});
