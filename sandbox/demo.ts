/**
 * `npm run demo`: starts a stand-in for Clio and the service in one process, connects an invented firm through the real
 * OAuth flow, and prints what to try. Nothing is kept when it stops.
 */
import "../src/runtime/disable-library-debug.ts";

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { print, runCommand } from "../src/commands/cli.ts";
import { rejectArguments } from "../src/commands/parse-options.ts";
import { readSettings } from "../src/config/settings.ts";
import { type Service, startService } from "../src/server.ts";
import { connectFirm } from "./connect-firm.ts";
import { exampleCases } from "./firms/example-firm.ts";
import { freePort } from "./free-port.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";

const USAGE = `Usage: npm run demo

Starts the service with a stand-in for Clio and an invented firm, and prints what to try. Nothing is kept when it stops.`;

await runCommand({ usage: USAGE, run: demo });

async function demo(args: readonly string[], signal: AbortSignal): Promise<number> {
  rejectArguments(args);
  const folder = await mkdtemp(join(tmpdir(), "clio-call-router-demo-"));
  try {
    await runUntilStopped(folder, signal);
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param folder for the database */
async function runUntilStopped(folder: string, signal: AbortSignal): Promise<void> {
  const setupToken = randomBytes(24).toString("base64url");
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
      SETUP_TOKEN: setupToken,
      LOG_LEVEL: "warn",
    },
  });
  const service = await startService(settings, pino({ level: settings.logLevel, base: null }));
  const key = await connectFirm({ serviceUrl: service.url, setupToken });
  print(formatWelcome(service, sandbox, key));
  if (!signal.aborted) await once(signal, "abort");
  await service.close();
  await sandbox.close();
}

function formatWelcome(service: Service, sandbox: Sandbox, key: string): string {
  const { janeDoe, sameLastFour, severalMatters, spouse } = exampleCases;
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
    [
      "A client's wife calls. She has no matter of her own, but is related to his in Clio",
      `/route-call?caller_id=${encodeURIComponent(spouse.phone)}`,
    ],
  ];
  const curl = `curl -sS -w '\\n' -H 'Authorization: Bearer ${key}'`;
  const curlLines = [
    ...requests.map(([description, path]) => `  # ${description}\n  ${curl} '${service.url}${path}'\n`),
    `  # The call is over: report what was said. ${sandbox.url}/sandbox/matters/${janeDoe.matterId} then shows the phone log\n  ${curl} --data-urlencode 'caller_id=${janeDoe.phone}' --data-urlencode 'summary=Asked when the hearing is.' '${service.url}/after-call'\n`,
  ];
  return [
    `Service            ${service.url}`,
    `Stand-in for Clio  ${sandbox.url}   (invented firm: ${sandbox.firms[0]?.account.name})`,
    `API key            ${key}`,
    "",
    "Open in a browser:",
    "",
    `  ${sandbox.url}   Clio's pages: sign in, open a record's menu, and choose "Find responsible staff"`,
    `  ${service.url}/setup   the firm's Setup page`,
    `  ${service.url}/calls   the calls, after you have run a command below`,
    `  ${service.url}/away   who is away: enter an absence for Felix Dubinsky, and run the first command below again`,
    "",
    "Try in another terminal:",
    "",
    ...curlLines,
    "Press Ctrl+C to stop.",
    "",
  ].join("\n");
}
