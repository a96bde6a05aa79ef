/**
 * Checks the demo as described in the README: runs the command, pastes every `curl` line that it prints, and stops it.
 *
 *     node test/docs/demo.mjs
 */
import { strictEqual as equal, match } from "node:assert";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { check, report } from "../../testkit/checks.mjs";
import { readmeCommand } from "./command.mjs";

const START = "npm run demo";
const CURL_LINE_COUNT = 7;
/** Includes installing the dependencies, which the README's command does first. */
const START_TIMEOUT_SECONDS = 300;
const STOP_TIMEOUT_SECONDS = 10;

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const curlHome = mkdtempSync(join(tmpdir(), "readme-demo-"));
const headersFile = join(curlHome, "headers");
// curl reads its options from this file, so that the lines can be pasted unchanged.
writeFileSync(join(curlHome, ".curlrc"), `max-time = 10\ndump-header = "${headersFile}"\n`);

let demo = null;
for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, () => {
    cleanUp();
    process.exit(1);
  });

try {
  await runDemo();
} finally {
  cleanUp();
}
report();

async function runDemo() {
  let command = "";
  const found = await check(`README.md has a command with ${START}`, () => {
    command = readmeCommand(START);
  });
  if (!found) return;

  // With `exec`, the signal reaches npm instead of the shell.
  demo = spawn("bash", ["-c", command.replace(START, `exec ${START}`)], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let printed = "";
  let errorOutput = "";
  demo.stdout.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  demo.stderr.setEncoding("utf8").on("data", (text) => {
    errorOutput += text;
  });
  const exited = once(demo, "exit");
  const ended = () => demo.exitCode !== null || demo.signalCode !== null;
  const curlLines = () => [...printed.matchAll(/^ *(curl .*)\n/gm)].map(([, line]) => line);

  const started = await check(`${command} prints ${CURL_LINE_COUNT} curl lines`, async () => {
    const deadline = Date.now() + START_TIMEOUT_SECONDS * 1000;
    while (curlLines().length < CURL_LINE_COUNT && Date.now() < deadline && !ended()) await sleep(20);
    equal(curlLines().length, CURL_LINE_COUNT, `found ${curlLines().length}\n${printed}${errorOutput}`);
  });
  if (started)
    for (const line of curlLines())
      await check(line, async () => {
        const { code, body, errorOutput, headers } = await paste(line);
        equal(code, 0, `exit code ${code}\n${errorOutput}`);
        match(headers, /^HTTP\/\S+ 2\d\d /);
        match(headers, /^content-type: application\/json/im);
        JSON.parse(body);
      });

  if (ended()) return;
  await check(`SIGTERM ends the demo with exit code 0 within ${STOP_TIMEOUT_SECONDS} s`, async () => {
    demo.kill("SIGTERM");
    const [code, signal] = await Promise.race([
      exited,
      sleep(STOP_TIMEOUT_SECONDS * 1000, ["still running"]),
    ]);
    equal(code, 0, `exit code ${code}, signal ${signal}\n${printed}${errorOutput}`);
  });
  await check("no process of the demo is left", () => equal(isGroupAlive(), false));
}

function paste(line) {
  rmSync(headersFile, { force: true });
  return new Promise((done) => {
    const options = { cwd: checkout, env: { ...process.env, CURL_HOME: curlHome } };
    execFile("bash", ["-c", line], options, (error, body, errorOutput) => {
      const headers = existsSync(headersFile) ? readFileSync(headersFile, "utf8") : "";
      done({ code: error?.code ?? 0, body, errorOutput, headers });
    });
  });
}

function isGroupAlive() {
  try {
    return process.kill(-demo.pid, 0);
  } catch {
    return false;
  }
}

/** Ends the demo's process group: npm and its child processes. */
function cleanUp() {
  rmSync(curlHome, { recursive: true, force: true });
  if (demo?.pid && isGroupAlive()) process.kill(-demo.pid, "SIGKILL");
}
