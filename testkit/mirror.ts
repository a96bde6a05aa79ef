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

/** In tests the mirrors are looked after without a pause. */
export const LOOKS_EVERY = 10;

/** Waits for something that happens in the background. */
export function until<T>(check: () => Promise<T> | T): Promise<T> {
  return vi.waitFor(check, { timeout: 8_000, interval: 5 });
}

/** The value of a metric without labels, or with exactly these; null when it is not there. */
export async function metric(service: RunningService, name: string): Promise<number | null> {
  const { text } = await supertest(service.url).get("/metrics");
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}

/** Resolves once a complete mirror answers. */
export async function complete(service: RunningService): Promise<void> {
  await until(async () => {
    if ((await metric(service, "clio_mirror_age_seconds")) === null) throw new Error("no mirror is complete");
  });
}

/** The log lines of the receptionist's requests, newest last. */
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
  /** Another address than loopback's, to which Clio sends webhooks. */
  publicUrl?: string;
  /** What stands between the service and the sandbox, by the sandbox's address; default nothing. */
  inFront?: (sandboxUrl: string) => Promise<string>;
}

/**
 * A sandbox, and a service that keeps a complete mirror of its first firm. Both go by one clock, which a test may move.
 * `restart` stops the service and starts it on the same folder.
 */
export async function mirroredService({
  sandbox: options,
  env = {},
  userId,
  publicUrl,
  inFront,
}: MirroredOptions = {}) {
  const clock = { now: Date.parse("2026-05-31T15:00:00Z") };
  const now = () => clock.now;
  const sandbox = await sandboxForTest({ ...options, now });
  const clioUrl = inFront ? await inFront(sandbox.url) : sandbox.url;
  const folder = await folderForTest();
  const start = (more: Record<string, string> = {}) =>
    serviceForTest(clioUrl, {
      folder,
      now,
      pollIntervalMs: LOOKS_EVERY,
      env: { DIRECTORY: "mirror", ...env, ...more },
    });

  let service = await start();
  const user = userId ?? sandbox.firms[0]?.users[0]?.id ?? 0;
  const { key, browser } = await connectUser(service, { userId: user, setup: SETUP_TOKEN });
  if (key === null) throw new Error("no key was shown");
  await complete(service);

  const restart = async (more: Record<string, string> = {}) => {
    await service.close();
    service = await start(more);
    sandbox.webhooks.deliverTo = service.url;
    return service;
  };
  // Over plain http nobody can sign in to an https address: the webhooks' address comes after the connecting.
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
    /** Asks as the receptionist does. */
    ask: (path: string, query: Record<string, string | number>) =>
      supertest(service.url).get(path).query(query).set("Authorization", `Bearer ${key}`),
    /** How many requests Clio has got for these lists. */
    requests: () =>
      (sandbox.counts.get("/api/v4/contacts") ?? 0) +
      (sandbox.counts.get("/api/v4/matters") ?? 0) +
      (sandbox.counts.get("/api/v4/users") ?? 0),
  };
}
