import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { Firm } from "../../../sandbox/firms/firm.ts";
import { freePort } from "../../../sandbox/free-port.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { readSettings } from "../../../src/config/settings.ts";
import { type Service, startService } from "../../../src/server.ts";

const SETUP_TOKEN = "a-setup-token-of-32-characters-or-more";

/** Syncs without a noticeable pause. */
const POLL_INTERVAL_MS = 10;

/** The service and its own sandbox, both on loopback ports and with the same clock. */
export interface Site {
  readonly service: Service;
  readonly sandbox: Sandbox;
  /** Admits a firm when opened. */
  readonly setupLink: string;
  /** Moves the clock of both forward. */
  advanceClock(milliseconds: number): void;
}

/** Starts a site that is closed after the test. */
export async function siteForTest({
  firms,
  directory = "live",
}: {
  firms?: Firm[];
  directory?: "mirror" | "live";
} = {}): Promise<Site> {
  let passed = 0;
  const now = () => Date.now() + passed;
  const sandbox = await startSandbox({
    requestsPerMinute: Number.POSITIVE_INFINITY,
    now,
    ...(firms && { firms }),
  });
  onTestFinished(() => sandbox.close());
  const home = await mkdtemp(join(tmpdir(), "clio-call-router-browser-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const settings = readSettings({
    envFile: join(home, "no.env"),
    env: {
      PORT: String(port),
      HOST: "127.0.0.1",
      PUBLIC_URL: publicUrl,
      CLIO_CLIENT_ID: "sandbox-client",
      CLIO_CLIENT_SECRET: "sandbox-secret",
      CLIO_BASE_URL: sandbox.url,
      SECRET_KEY: Buffer.alloc(32).toString("base64"),
      SETUP_TOKEN,
      DATABASE_URL: `sqlite:${join(home, "router.db")}`,
      DIRECTORY: directory,
      CUSTOM_ACTION_RECORDS: "matters,contacts,activities,documents,folders",
    },
  });
  const service = await startService(settings, pino({ level: "silent" }), {
    now,
    pollIntervalMs: POLL_INTERVAL_MS,
  });
  onTestFinished(() => service.close());
  return {
    service,
    sandbox,
    setupLink: `${publicUrl}/connect?setup=${SETUP_TOKEN}`,
    advanceClock: (milliseconds) => {
      passed += milliseconds;
    },
  };
}
