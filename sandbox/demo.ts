/**
 * `npm run demo`: the whole way in one process. Starts a stand-in for Clio and the service before it, connects an
 * invented firm through the real OAuth flow, and prints what to try. Everything is gone when it stops.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readSettings } from "../src/config/settings.ts";
import { startService } from "../src/server.ts";
import { connectFirm } from "./connect-firm.ts";
import { exampleCases } from "./firms/example-firm.ts";
import { freePort } from "./free-port.ts";
import { startSandbox } from "./sandbox.ts";

const SETUP_TOKEN = randomBytes(24).toString("base64url");

const folder = await mkdtemp(join(tmpdir(), "clio-call-router-demo-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);

const port = await freePort(3000);
const sandbox = await startSandbox({ port: await freePort(4000) });
const settings = readSettings({
  envFile: join(folder, "no.env"),
  env: {
    HOST: "127.0.0.1",
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    CLIO_CLIENT_ID: "sandbox-client",
    CLIO_CLIENT_SECRET: "sandbox-secret",
    CLIO_BASE_URL: sandbox.url,
    SECRET_KEY: randomBytes(32).toString("base64"),
    DATABASE_URL: `sqlite:${join(folder, "router.db")}`,
    SETUP_TOKEN,
    LOG_LEVEL: "warn",
  },
});
const service = await startService(settings, pino({ level: settings.logLevel, base: null }));
const key = await connectFirm({ serviceUrl: service.url, setupToken: SETUP_TOKEN });
process.stdout.write(welcome());

/** Nothing of the demo is worth a graceful end: it leaves no file behind, and that is all. */
function stop(): void {
  process.exit(0);
}

function welcome(): string {
  const { janeDoe, sameLastFour, severalMatters } = exampleCases;
  const tries: [string, string][] = [
    [
      "A client calls: who she is, and who takes her call",
      `/route-call?caller_id=${encodeURIComponent(janeDoe.phone)}`,
    ],
    ["The same in two steps: first the contact", `/lookup-contact?last_4=${janeDoe.lastFour}`],
    ["and then who answers for her", `/responsible-staff?clio_contact_id=${janeDoe.contactId}`],
    ["Two contacts end in the same digits: it asks back", `/route-call?caller_id=${sameLastFour.lastFour}`],
    [
      "A client with several matters, who says which one",
      `/route-call?caller_id=${encodeURIComponent(severalMatters.phone)}&matter=lease+renewal`,
    ],
  ];
  const lines = tries.map(
    ([what, path]) =>
      `  # ${what}\n  curl -sS -w '\\n' -H 'Authorization: Bearer ${key}' '${service.url}${path}'\n`,
  );
  return [
    `The service listens on   ${service.url}`,
    `The stand-in for Clio    ${sandbox.url}   (an invented firm: ${sandbox.firms[0]?.account.name})`,
    `The firm's key           ${key}`,
    "",
    "In a browser:",
    "",
    `  ${sandbox.url}   Clio to click in: sign in, open a record's menu, choose "Find responsible staff"`,
    `  ${service.url}/setup   the firm's set-up page`,
    "",
    "Worth trying, in another terminal:",
    "",
    ...lines,
    "Stop it with Ctrl+C.",
    "",
  ].join("\n");
}
