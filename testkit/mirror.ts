import supertest from "supertest";
import { vi } from "vitest";
import type { SandboxOptions } from "../sandbox/sandbox.ts";
import {
  connectUser,
  folderForTest,
  type RunningService,
  SETUP_TOKEN,
  sandboxForTest,
  serviceForTest,
} from "./service.ts";

/** Short, so that tests don't wait for the mirror scheduler. */
export const POLL_INTERVAL_MS = 10;

/** Retries a check until it passes. */
export function until<T>(check: () => Promise<T> | T): Promise<T> {
  return vi.waitFor(check, { timeout: 8_000, interval: 5 });
}

/** @param name of the metric, with its labels if it has any. @returns null if the service doesn't have it */
export async function metric(service: RunningService, name: string): Promise<number | null> {
  const { text } = await supertest(service.url).get("/metrics");
  const line = text.split("\n").find((line) => line.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

/** Waits until the service has a complete mirror. */
export async function complete(service: RunningService): Promise<void> {
  await until(async () => {
    if ((await metric(service, "clio_mirror_age_seconds")) === null)
      throw new Error("no complete mirror yet");
  });
}

/** The log lines of the receptionist's requests, oldest first. */
export function callLines(service: RunningService): Record<string, unknown>[] {
  return service.logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(
      ({ route }) => route === "/route-call" || route === "/lookup-contact" || route === "/responsible-staff",
    );
}

export interface MirroredOptions {
  sandbox?: SandboxOptions;
  env?: Record<string, string>;
  userId?: number;
  /** The public URL, to which webhooks are sent. */
  publicUrl?: string;
  /** Starts a proxy in front of the sandbox, and returns its URL. */
  startProxy?: (sandboxUrl: string) => Promise<string>;
}

/**
 * A sandbox, and a service with a complete mirror of the sandbox's first firm. Both use a clock that the test controls.
 * `restart` restarts the service in the same folder, with further settings.
 */
export async function mirroredService({
  sandbox: options,
  env = {},
  userId,
  publicUrl,
  startProxy,
}: MirroredOptions = {}) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ ...options, now });
  const clioUrl = startProxy ? await startProxy(sandbox.url) : sandbox.url;
  const folder = await folderForTest();
  const start = (furtherEnv: Record<string, string> = {}) =>
    serviceForTest(clioUrl, {
      folder,
      now,
      pollIntervalMs: POLL_INTERVAL_MS,
      env: { DIRECTORY: "mirror", ...env, ...furtherEnv },
    });

  let service = await start();
  const user = userId ?? sandbox.firms[0]?.users[0]?.id ?? 0;
  const { key, browser } = await connectUser(service, { userId: user, setup: SETUP_TOKEN });
  if (key === null) throw new Error("no key was shown");
  await complete(service);

  const restart = async (furtherEnv: Record<string, string> = {}) => {
    await service.close();
    service = await start(furtherEnv);
    sandbox.webhooks.deliverTo = service.url;
    return service;
  };
  // The test can't sign in at an https URL over plain HTTP, so the public URL for webhooks is set after connecting.
  if (publicUrl) await restart({ PUBLIC_URL: publicUrl });

  return {
    sandbox,
    clock,
    folder,
    key,
    browser,
    restart,
    get service() {
      return service;
    },
    /** Sends a request like the receptionist. */
    ask: (path: string, query: Record<string, string | number>) =>
      supertest(service.url).get(path).query(query).set("Authorization", `Bearer ${key}`),
    /** The number of requests for lists that Clio has received. */
    requests: () =>
      (sandbox.counts.get("/api/v4/contacts") ?? 0) +
      (sandbox.counts.get("/api/v4/matters") ?? 0) +
      (sandbox.counts.get("/api/v4/users") ?? 0),
  };
}
