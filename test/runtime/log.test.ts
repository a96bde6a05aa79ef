import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { Agent, get } from "node:http";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../sandbox/free-port.ts";
import { folderForTest } from "../../testkit/service.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const LOG = join(import.meta.dirname, "../../src/runtime/log.ts");
/** More lines than the pipe and the service's buffer hold together; each has more than 200 bytes. */
const TOO_MANY = 8_000;
const TIMEOUT_MS = 120_000;

test("answers requests while nothing reads the log, and then logs how many lines are missing", {
  timeout: TIMEOUT_MS,
}, async () => {
  const { log, request } = await startWithUnreadLog();
  for (let sent = 0; sent < TOO_MANY; sent += 50)
    expect(new Set(await Promise.all(Array.from({ length: 50 }, request)))).toEqual(new Set([404]));

  const lines = createInterface(new Socket({ fd: log }))[Symbol.asyncIterator]();
  const nextLine = async () => JSON.parse((await lines.next()).value ?? "null");
  let logged = 0;
  let line = await nextLine();
  for (; line.msg !== "log lines dropped"; line = await nextLine()) if (line.msg === "request") logged += 1;
  expect(line.lines).toBeGreaterThan(0);
  expect(logged + line.lines).toBe(TOO_MANY);

  // From then on, the log is complete again.
  await request();
  expect(await nextLine()).toMatchObject({ msg: "request" });
});

test("exits with 0 after SIGTERM while nothing reads the log", { timeout: TIMEOUT_MS }, async () => {
  const { service, request } = await startWithUnreadLog();
  for (let sent = 0; sent < TOO_MANY; sent += 50) await Promise.all(Array.from({ length: 50 }, request));
  const exited = once(service, "exit");
  service.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});

test("logs every request that was answered before SIGTERM", { timeout: TIMEOUT_MS }, async () => {
  const { service, log, request } = await startWithUnreadLog();
  for (let sent = 0; sent < 200; sent += 50) await Promise.all(Array.from({ length: 50 }, request));
  service.kill("SIGTERM");
  const messages: string[] = [];
  for await (const line of createInterface(new Socket({ fd: log }))) messages.push(JSON.parse(line).msg);
  expect(messages).toEqual(["ready", ...Array<string>(200).fill("request"), "stopping", "stopped"]);
});

test.each([
  ["nothing is left to do", ""],
  ["process.exit is called", "process.exit(1);"],
  ["an error isn't caught", 'throw new Error("a fault");'],
])("writes the last lines when %s", (_, end) => {
  const code = `import { createLog } from ${JSON.stringify(LOG)}; createLog("info").info("last"); ${end}`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", code]);
  expect(JSON.parse(stdout.toString())).toMatchObject({ msg: "last" });
});

test("answers requests after the log's reader has closed the pipe", async () => {
  const { service, log, request } = await startWithUnreadLog();
  closeSync(log);
  for (let sent = 0; sent < 10; sent += 1) expect(await request()).toBe(404);
  expect(service.exitCode).toBe(null);
});

/** The service with a pipe as standard output, as a container engine starts it. `log` is the pipe's reading end. */
async function startWithUnreadLog() {
  const folder = await folderForTest();
  const pipe = join(folder, "log");
  execFileSync("mkfifo", [pipe]);
  const log = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(pipe, "w");
  const port = await freePort();
  const service = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HOST: "127.0.0.1",
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      CLIO_CLIENT_ID: "id",
      CLIO_CLIENT_SECRET: "secret",
      SECRET_KEY: Buffer.alloc(32, 3).toString("base64"),
      DIRECTORY: "live",
    },
    stdio: ["ignore", writeEnd, "pipe"],
  });
  closeSync(writeEnd);
  onTestFinished(() => void service.kill("SIGKILL"));
  // The setup link is the last output of a start.
  if (service.stderr) await once(service.stderr, "data");

  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const request = () =>
    new Promise<number | undefined>((resolve, reject) => {
      get({ port, path: "/nothing-is-here", agent }, (response) =>
        response.resume().on("end", () => resolve(response.statusCode)),
      ).on("error", reject);
    });
  return { service, log, request };
}
