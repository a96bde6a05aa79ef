/**
 * `npm run demo`: starts a stand-in for Clio and the service in one process, connects an invented firm through the real
 * OAuth flow, and prints what to try. Nothing is kept when it stops.
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
// The demo has nothing to save, so it exits at once instead of finishing open requests.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));

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
process.stdout.write(formatWelcome());

function formatWelcome(): string {
  const { janeDoe, sameLastFour, severalMatters } = exampleCases;
  const requests: [description: string, path: string][] = [
    [
      "A client calls: who is she, and who takes her call?",
      `/route-call?caller_id=${encodeURIComponent(janeDoe.phone)}`,
    ],
    ["The same in two steps. First, find the contact", `/lookup-contact?last_4=${janeDoe.lastFour}`],
    ["Then, find the person responsible for her", `/responsible-staff?clio_contact_id=${janeDoe.contactId}`],
    [
      "Two contacts share these last four digits, so the caller must give a name",
      `/route-call?caller_id=${sameLastFour.lastFour}`,
    ],
    [
      "A client with several matters says which one the call is about",
      `/route-call?caller_id=${encodeURIComponent(severalMatters.phone)}&matter=lease+renewal`,
    ],
  ];
  const curlLines = requests.map(
    ([description, path]) =>
      `  # ${description}\n  curl -sS -w '\\n' -H 'Authorization: Bearer ${key}' '${service.url}${path}'\n`,
  );
  return [
    `Service            ${service.url}`,
    `Stand-in for Clio  ${sandbox.url}   (invented firm: ${sandbox.firms[0]?.account.name})`,
    `API key            ${key}`,
    "",
    "Open in a browser:",
    "",
    `  ${sandbox.url}   Clio's pages: sign in, open a record's menu, and choose "Find responsible staff"`,
    `  ${service.url}/setup   the firm's Setup page`,
    "",
    "Try in another terminal:",
    "",
    ...curlLines,
    "Press Ctrl+C to stop.",
    "",
  ].join("\n");
}
