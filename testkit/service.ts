import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import supertest from "supertest";
import { onTestFinished } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
import { readSettings } from "../src/config/settings.ts";
import { startService } from "../src/server.ts";
import type { AttemptCounts } from "../src/store/coordination/attempt-counts.ts";

export const SETUP_TOKEN = "a-setup-token-of-32-characters-or-more";

const SECRET_KEY = Buffer.alloc(32).toString("base64");

/** Starts a sandbox, which is closed after the test. */
export async function sandboxForTest(options?: SandboxOptions): Promise<Sandbox> {
  const sandbox = await startSandbox({ requestsPerMinute: Number.POSITIVE_INFINITY, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** A new folder, which is removed after the test. */
export async function folderForTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "clio-call-router-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface ServiceForTest {
  /** Further settings. */
  env?: Record<string, string>;
  /** The folder of the database; a new one by default. */
  folder?: string;
  now?: () => number;
  /** How often the mirror scheduler runs. */
  pollIntervalMs?: number;
  /** Where attempts are counted. */
  attemptCounts?: AttemptCounts;
  /** How long after its body has arrived a report is answered; by default long enough for any machine. */
  reportDeadlineMs?: number;
}

/** Starts the service in this process, with an SQLite file and a free port. It is closed after the test. */
export async function serviceForTest(
  clioUrl: string,
  { env = {}, folder, now, pollIntervalMs, attemptCounts, reportDeadlineMs = 20_000 }: ServiceForTest = {},
) {
  const home = folder ?? (await folderForTest());
  const databaseFile = join(home, "router.db");
  const settings = readSettings({
    envFile: join(home, ".env"),
    env: {
      PORT: "0",
      HOST: "127.0.0.1",
      PUBLIC_URL: "http://127.0.0.1:3000",
      CLIO_CLIENT_ID: "sandbox-client",
      CLIO_CLIENT_SECRET: "sandbox-secret",
      CLIO_BASE_URL: clioUrl,
      SECRET_KEY,
      SETUP_TOKEN,
      DATABASE_URL: `sqlite:${databaseFile}`,
      DIRECTORY: "live",
      ...env,
    },
  });
  const logLines: string[] = [];
  const log = pino(
    { level: settings.logLevel, base: null },
    { write: (line: string) => logLines.push(line) },
  );
  const service = await startService(settings, log, {
    ...(now && { now }),
    // A test's clock may stand still.
    metricsMaxAgeMs: 0,
    ...(pollIntervalMs !== undefined && { pollIntervalMs }),
    ...(attemptCounts && { attemptCounts }),
    reportDeadlineMs,
  });
  onTestFinished(() => service.close());
  const browser = () => supertest.agent(service.url);
  return { ...service, settings, folder: home, databaseFile, logLines, browser };
}

export type RunningService = Awaited<ReturnType<typeof serviceForTest>>;
export type Browser = ReturnType<RunningService["browser"]>;

/** The path and query of a URL: the public URL isn't where a test's service listens. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Opens `/connect` and gives consent on the sandbox's page. Returns the path of the callback, without opening it. */
export async function consent(
  browser: Browser,
  {
    userId,
    setup,
    start = "/connect",
    decision = "allow",
  }: { userId: number; setup?: string; start?: string; decision?: "allow" | "decline" },
): Promise<string> {
  const response = await browser.get(start).query(setup === undefined ? {} : { setup });
  if (response.status !== 302) throw new Error(`${start} returned ${response.status}: ${response.text}`);
  return decide(response.headers.location ?? "", userId, decision);
}

/** Submits the sandbox's consent page as one of its users. Returns the path of the callback. */
export async function decide(
  consentPage: string,
  userId: number,
  decision: "allow" | "decline" = "allow",
): Promise<string> {
  const url = new URL(consentPage);
  const form = new URLSearchParams([
    ...url.searchParams,
    ["user_id", String(userId)],
    ["decision", decision],
  ]);
  const response = await fetch(new URL(url.pathname, url), {
    method: "POST",
    body: form,
    redirect: "manual",
  });
  const callback = response.headers.get("location");
  if (!callback) throw new Error(`the consent page returned ${response.status}: ${await response.text()}`);
  return pathOf(callback);
}

/** Connects a user. Returns the last page, which is `/setup` if connecting succeeded, and the key that it shows. */
export async function connectUser(
  service: RunningService,
  { userId, setup }: { userId: number; setup?: string },
) {
  const browser = service.browser();
  const callback = await browser.get(await consent(browser, { userId, ...(setup && { setup }) }));
  const page = callback.status === 302 ? await browser.get(callback.headers.location ?? "") : callback;
  return { browser, page, key: /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(page.text)?.[0] ?? null };
}

/** Connects a user without a consent page, with a code that a mock of Clio accepts. Returns the key. */
export async function connectUserAt(
  service: RunningService,
  { code, setup }: { code: string; setup: string },
): Promise<string> {
  const browser = service.browser();
  const start = await browser.get("/connect").query({ setup });
  const state = new URL(start.headers.location ?? "").searchParams.get("state") ?? "";
  const callback = await browser.get("/oauth/callback").query({ code, state });
  const page = await browser.get(callback.headers.location ?? "/");
  const key = /ccr_[0-9a-f]{12}_[\w-]{43}/.exec(page.text)?.[0];
  if (!key) throw new Error(`no key is shown (status ${callback.status}): ${callback.text}`);
  return key;
}

/** A sandbox and a service, to which the sandbox's first firm is connected. */
export async function connectedService(
  options: { sandbox?: SandboxOptions } & ServiceForTest & { userId?: number } = {},
) {
  const sandbox = await sandboxForTest(options.sandbox);
  const service = await serviceForTest(sandbox.url, options);
  const userId = options.userId ?? sandbox.firms[0]?.users[0]?.id ?? 0;
  const { key } = await connectUser(service, { userId, setup: SETUP_TOKEN });
  if (key === null) throw new Error("no key is shown");
  const ask = (path: string, query: Record<string, string> = {}) =>
    supertest(service.url).get(path).query(query).set("Authorization", `Bearer ${key}`);
  return { sandbox, service, key, userId, ask };
}
