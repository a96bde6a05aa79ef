import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

const MAIN = new URL("../../src/sandbox/main.ts", import.meta.url).pathname;

test.each(["SIGTERM", "SIGINT"] as const)("runs alone, says where, and stops on %s", async (signal) => {
  const child = spawn(process.execPath, [MAIN, "--requests-per-minute", "2", "--token-lifetime", "60"]);
  const exit = once(child, "exit");
  const [line] = await once(child.stdout, "data");
  const url = String(line).trim();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const response = await fetch(`${url}/api/v4/users`);
  expect(response.status).toBe(401);
  expect(response.headers.get("x-ratelimit-limit")).toBe("2");
  child.kill(signal);
  expect(await exit).toEqual([0, null]);
});

test("stops at an argument it cannot read", async () => {
  const child = spawn(process.execPath, [MAIN, "--port", "http"]);
  const [[code], [text]] = await Promise.all([once(child, "exit"), once(child.stderr, "data")]);
  expect(code).toBe(2);
  expect(String(text)).toContain("--port");
});
