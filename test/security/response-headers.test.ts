import { once } from "node:events";
import { connect } from "node:net";
import supertest from "supertest";
import { expect, onTestFinished, test } from "vitest";
import {
  connectedService,
  connectUser,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "../../testkit/service.ts";

const PUBLIC_PATHS = [
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/assets/style.css",
  "/assets/copy.js",
  "/route-call",
  "/webhooks/clio/none",
  "/",
  "/connect",
  "/clio-action",
  "/nowhere",
];
const SIGNED_IN_PATHS = [
  "/setup",
  "/transfer-rules",
  "/away",
  "/away/calendar",
  "/calls",
  "/calls.json",
  "/calls.csv",
  "/transfer-rules.json",
  "/transfer-rules.csv",
  "/transfer-rules/unreached.json",
  "/transfer-rules/unreached.csv",
];

test("every response tells the browser what it may do with it", async () => {
  const sandbox = await sandboxForTest();
  const service = await serviceForTest(sandbox.url);
  const userId = sandbox.firms[0]?.users[0]?.id ?? 0;
  const { browser } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  const responses = await Promise.all([
    ...[...PUBLIC_PATHS, ...SIGNED_IN_PATHS].map((path) =>
      supertest(service.url).get(path).set("Origin", "https://attacker.example"),
    ),
    ...SIGNED_IN_PATHS.map((path) => browser.get(path).set("Origin", "https://attacker.example")),
  ]);
  const statuses = new Set(responses.map(({ status }) => status));
  expect([...statuses]).toEqual(expect.arrayContaining([200, 302, 400, 401, 404, 405]));

  for (const { headers } of responses) {
    const maxAge = /^max-age=(\d+); includeSubDomains$/.exec(headers["strict-transport-security"] ?? "")?.[1];
    expect(Number(maxAge)).toBeGreaterThanOrEqual(365 * 24 * 3600);
    const policy = (headers["content-security-policy"] ?? "").split(";");
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toMatch(/object-src|unsafe|\*|https?:/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["content-type"]).toMatch(/; charset=utf-8$/);
  }
});

test("a request whose length is ambiguous is refused", async () => {
  const sandbox = await sandboxForTest();
  const { port } = new URL((await serviceForTest(sandbox.url)).url);
  for (const fields of [
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: 5\r\nContent-Length: 6",
    "Transfer-Encoding: chunked, identity",
    "Content-Length: +5",
  ]) {
    const socket = connect(Number(port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
    });
    // With a length that a proxy reads differently, one of them could be hidden in the other.
    socket.write(`POST /webhooks/clio/none HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n0\r\n\r\n`);
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "close");
    expect(received, fields).toBe("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  }
});

const RECEPTIONIST_TARGETS: readonly (readonly [target: string, status: number])[] = [
  ["/route-call?caller_id=+14155550171", 200],
  ["/route-call?caller_id=%2B14155550171#x", 200],
  ["http://attacker.example/route-call?caller_id=%2B14155550171", 200],
  ["/route-call", 400],
  ["/route-call?", 400],
  ["/route-call/", 404],
  ["/route-call/?caller_id=0171", 404],
  ["//route-call?caller_id=0171", 404],
  ["/ROUTE-CALL?caller_id=0171", 404],
  ["/Route-Call?caller_id=0171", 404],
  ["/%72oute-call?caller_id=0171", 404],
  ["/route%2Dcall?caller_id=0171", 404],
  ["/route-call%3Fcaller_id=0171", 404],
  ["/route-call%00?caller_id=0171", 404],
  ["/route-call%2F?caller_id=0171", 404],
  ["/route-call;x?caller_id=0171", 404],
  ["/./route-call?caller_id=0171", 404],
  ["/healthz/../route-call?caller_id=0171", 404],
  ["/route-call\\?caller_id=0171", 404],
  ["/route-call/lookup-contact?caller_id=0171", 404],
  ["/after-call?caller_id=0171", 405],
  ["/%", 404],
  ["*", 404],
];

test("the receptionist's addresses have one spelling, and every answer has the headers", async () => {
  const { service, key } = await connectedService();
  for (const method of ["GET", "HEAD"]) {
    for (const [target, status] of RECEPTIONIST_TARGETS) {
      for (const authorization of [`Bearer ${key}`, "Bearer x", ""]) {
        const { head, body } = await exchange(service.url, method, target, { authorization });
        const expected = status < 404 && authorization !== `Bearer ${key}` ? 401 : status;
        expect(head, `${method} ${target} ${authorization}`).toMatch(new RegExp(`^HTTP/1.1 ${expected} `));
        expect(head).toContain("content-security-policy: default-src 'none'");
        expect(head).toContain("x-content-type-options: nosniff");
        expect(head).toContain("strict-transport-security: max-age=");
        expect(head).toMatch(/\ncache-control: no-store/);
        expect(head).toMatch(/\ncontent-type: application\/(problem\+)?json; charset=utf-8/);
        expect(head).not.toContain("x-powered-by");
        expect(body.length > 0).toBe(method === "GET");
      }
    }
  }
});

test("no other method, whatever a header says, asks about a caller", async () => {
  const { service, key } = await connectedService();
  const headers = { authorization: `Bearer ${key}`, "x-http-method-override": "GET", "content-length": "0" };
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"]) {
    const { head } = await exchange(service.url, method, "/route-call?caller_id=0171", headers);
    expect(head, method).toMatch(/^HTTP\/1\.1 405 /);
    expect(head).toMatch(/\nallow: GET, HEAD\r?\n/);
    expect(head).not.toContain("access-control-allow");
  }
});

test("requests sent together on one connection are answered in order, each by its own key", async () => {
  const { service, key } = await connectedService();
  const { port } = new URL(service.url);
  const socket = connect(Number(port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  const keys = [key, "x", key, "", key];
  for (const [index, one] of keys.entries())
    socket.write(
      `GET /lookup-contact?phone=%2B14155550171 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${one}\r\n${index === keys.length - 1 ? "Connection: close\r\n" : ""}\r\n`,
    );
  await once(socket, "close");
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
  expect(statuses).toEqual([200, 401, 200, 401, 200]);
  expect(new Set(received.match(/x-request-id: \S+/gi)).size).toBe(keys.length);
});

/** Sends a request line and headers exactly as they are. */
async function exchange(
  serviceUrl: string,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
) {
  const { port } = new URL(serviceUrl);
  const socket = connect(Number(port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let received = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    received += text;
  });
  const fields = Object.entries({ host: "x", connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`${method} ${target} HTTP/1.1\r\n${fields.join("")}\r\n`);
  await once(socket, "close");
  const [head = "", body = ""] = received.split("\r\n\r\n");
  return { head: head.replace(/^[\w-]+:/gm, (name) => name.toLowerCase()), body };
}
