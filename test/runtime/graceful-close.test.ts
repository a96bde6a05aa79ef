import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { gracefulClose } from "../../src/runtime/graceful-close.ts";

/** Far above what the kernel's buffers hold, so that a client that reads nothing holds up the response. */
const HUGE = "x".repeat(64 * 1024 * 1024);
const REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

async function listen(
  handler: RequestListener,
  timeouts: { arrivalTimeoutMs: number; responseTimeoutMs: number },
) {
  const server = createServer({ keepAliveTimeout: 0 }, handler);
  const close = gracefulClose(server, timeouts);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.closeAllConnections());
  const open = async (text: string) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    if (text) socket.write(text);
    return socket;
  };
  return { server, close, open };
}

test("closes a connection that sends nothing or part of a request, although its client waits", async () => {
  const { server, close, open } = await listen((_, response) => response.end(), {
    arrivalTimeoutMs: 50,
    responseTimeoutMs: 1e6,
  });
  const accepted = [once(server, "connection"), once(server, "connection")];
  await open("");
  await open("GET / HTTP/1.1\r\nHost");
  await Promise.all(accepted);
  await close();
});

test("cuts off a client that doesn't read its response", async () => {
  const { server, close, open } = await listen((_, response) => response.end(HUGE), {
    arrivalTimeoutMs: 10,
    responseTimeoutMs: 50,
  });
  const asked = once(server, "request");
  (await open(REQUEST)).pause();
  await asked;
  await close();
});

test("completes a response that began before the stop, and then closes its connection", async () => {
  const { server, close, open } = await listen(
    (_, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("first");
    },
    { arrivalTimeoutMs: 10, responseTimeoutMs: 1e6 },
  );
  const asked = once(server, "request");
  const socket = await open(REQUEST);
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  const ended = once(socket, "close");
  const [, response] = await asked;
  const silent = await open("");
  const arrivalIsOver = once(silent, "close");
  const closed = close();
  silent.resume();
  await arrivalIsOver;
  response.end("final");
  await Promise.all([closed, ended]);
  expect(received).toMatch(/firstfinal$/);
});
