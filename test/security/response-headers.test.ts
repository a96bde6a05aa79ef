import { once } from "node:events";
import { connect } from "node:net";
import supertest from "supertest";
import { expect, onTestFinished, test } from "vitest";
import { connectUser, SETUP_TOKEN, sandboxForTest, serviceForTest } from "../../testkit/service.ts";

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
