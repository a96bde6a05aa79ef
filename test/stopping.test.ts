import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startCommand } from "../testkit/command.ts";
import { REPOSITORY_ROOT } from "../testkit/repository-root.ts";
import { sandboxForTest } from "../testkit/service.ts";
import { createServiceEnvironment } from "../testkit/service-environment.ts";

const MAIN = join(REPOSITORY_ROOT, "src/main.ts");
/** As documented (docs/guides/backup-and-upgrade.md, "Stop"). */
const MAX_STOP_MS = 15_000;

/** The service as a process, with a firm connected. */
async function startConnected(sandbox: Sandbox) {
  const environment = await createServiceEnvironment(sandbox.url, { env: { ANSWER_DEADLINE_MS: "8000" } });
  onTestFinished(() => environment[Symbol.dispose]());
  const run = await startCommand(MAIN, [], environment.env);
  await expect.poll(() => run.output.out).toContain('"msg":"ready"');
  const key = await environment.connectFirm();
  return { ...run, key, url: new URL(environment.url) };
}

/** Opens a connection and sends `head`. The service may end the connection in any way. */
async function openSocket({ hostname, port }: URL, head: string): Promise<Socket> {
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  if (head) socket.write(head);
  return socket;
}

async function openSockets(count: number, url: URL, head: string): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => openSocket(url, head)));
}

test("exits within 15 s of SIGTERM whatever clients do, and answers every request in flight completely", async () => {
  const sandbox = await sandboxForTest();
  const { process: service, ended, key, url } = await startConnected(sandbox);
  sandbox.fault({ path: "/api/v4/contacts", kind: "latency", ms: 3_000 });

  await openSockets(200, url, "");
  await openSockets(100, url, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: ");
  await openSockets(
    100,
    url,
    "POST /webhooks/clio/none HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{",
  );
  const before = sandbox.requests.length;
  const answers = Array.from({ length: 50 }, async () => {
    const outgoing = request(new URL("/lookup-contact?last_4=0171", url), {
      agent: false,
      headers: { Authorization: `Bearer ${key}` },
    }).end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    return { status: answer.statusCode, body: JSON.parse(await text(answer)) };
  });
  await expect.poll(() => sandbox.requests.length - before).toBe(50);

  const stopped = performance.now();
  service.kill("SIGTERM");
  for (const answer of await Promise.all(answers))
    expect(answer).toMatchObject({ status: 200, body: { found: true, message: expect.any(String) } });
  const answeredMs = performance.now() - stopped;
  expect(await ended).toBe(0);
  const endedMs = performance.now() - stopped;
  console.log(`50 answers after ${Math.round(answeredMs)} ms, ended after ${Math.round(endedMs)} ms`);
  expect(endedMs).toBeLessThan(MAX_STOP_MS);
});
