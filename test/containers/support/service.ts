import { equal, match } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectFirm } from "../../../sandbox/connect-firm.ts";
import { exampleCases } from "../../../sandbox/firms/example-firm.ts";
import { CLIO_URL } from "./clio.ts";
import { APP, bash } from "./shell.ts";

/** The port that both compose files publish. */
export const SERVICE_URL = "http://127.0.0.1:3000";

/** The sandbox's firm. */
export const FIRM = "us-77001";

const READY_TIMEOUT_MS = 180_000;

/** Writes `.env` as an operator would, with the sandbox as Clio. */
export function writeEnv(folder = APP): void {
  const settings = {
    PUBLIC_URL: "https://localhost:8443",
    CLIO_CLIENT_ID: "sandbox-client",
    CLIO_CLIENT_SECRET: "sandbox-secret",
    SECRET_KEY: randomBytes(32).toString("base64"),
    CLIO_BASE_URL: CLIO_URL,
    NODE_EXTRA_CA_CERTS: "/usr/local/share/sandbox.pem",
    // On a busy machine, slow answers aren't failures.
    ANSWER_DEADLINE_MS: "20000",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, ".env"), lines.join(""), { mode: 0o600 });
  chmodSync(join(folder, ".env"), 0o600);
}

/** Resolves when `/readyz` answers 200. */
export async function untilReady(): Promise<void> {
  await until("the service is ready", async () => (await statusOf("/readyz")) === 200);
}

/** Resolves when `holds` returns true. Throws after three minutes, naming `what`. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`);
    await pause(200);
  }
}

/** The status of a GET request; null if there is no answer. */
export async function statusOf(path: string, headers: Record<string, string> = {}): Promise<number | null> {
  try {
    const response = await fetch(SERVICE_URL + path, { headers, signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
}

/**
 * Connects the sandbox's firm by the setup link in the log.
 * @param log the command that prints the log, such as `docker compose logs router`
 * @returns the firm's key, when the firm has been read and calls are answered from the local copy
 */
export async function connect(log: string): Promise<string> {
  const link = (await bash(log)).match(/connect\?setup=(\S+)/g)?.at(-1);
  const setupToken = decodeURIComponent(link?.split("=")[1] ?? "");
  const key = await connectFirm({ serviceUrl: SERVICE_URL, setupToken });
  await until("the firm has been read", async () => (await bash(log)).includes('"mirror complete"'));
  return key;
}

/** Makes the receptionist's request about a caller whom the sandbox's firm knows. */
export function call(key: string): Promise<Response> {
  const query = new URLSearchParams({ caller_id: exampleCases.janeDoe.phone });
  return fetch(`${SERVICE_URL}/route-call?${query}`, {
    headers: { Authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(60_000),
  });
}

/** Throws unless a call is answered with the caller's name. */
export async function expectAnswer(key: string): Promise<void> {
  const response = await call(key);
  const text = await response.text();
  equal(response.status, 200, text);
  match(text, /"Jane Doe"/);
}

/** Throws unless the limit on wrong keys counts each caller's address, and not the proxies'. */
export async function expectLimitPerCaller(): Promise<void> {
  const wrongKey = (forwardedFor: string) =>
    statusOf("/route-call?caller_id=1", { Authorization: "Bearer wrong", "X-Forwarded-For": forwardedFor });
  for (let attempt = 0; attempt < 32; attempt += 1) await wrongKey("203.0.113.5");
  equal(await wrongKey("203.0.113.5"), 429);
  equal(await wrongKey("203.0.113.6"), 401);
  // The first address is the caller's own claim, and doesn't count.
  equal(await wrongKey("203.0.113.7, 203.0.113.5"), 429);
}
