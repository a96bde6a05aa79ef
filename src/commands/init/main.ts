/**
 * `npm run init`: asks for the required settings, explains what to enter in Clio's developer portal, checks the app's key
 * and secret with Clio, and writes `.env`.
 * Nothing is written before the last answer. The setup link is the only secret that is printed.
 */
import "../../runtime/disable-library-debug.ts";

import { randomBytes } from "node:crypto";
import { type ClioRegion, REGIONS } from "../../config/regions.ts";
import { checkSetting, clioBaseUrlOf } from "../../config/settings.ts";
import { SettingsError } from "../../config/settings-error.ts";
import { SETTINGS } from "../../config/settings-schema.ts";
import { runCommand } from "../cli.ts";
import { CommandError, InterruptedError } from "../command-error.ts";
import { rejectArguments } from "../parse-options.ts";
import { InputEndedError, Prompt } from "../prompt.ts";
import { askForClient } from "./ask-for-client.ts";
import { askForSetting } from "./ask-for-setting.ts";
import { completeUrl } from "./complete-url.ts";
import { checkEnvValue, formatEnvFile, readEnvFile, writeEnvFile } from "./env-file.ts";
import { formatNextSteps } from "./format-next-steps.ts";
import { formatPortalInstructions } from "./format-portal-instructions.ts";

const ENV_FILE = ".env";

const USAGE = `Usage: npm run init

Asks for the required settings, explains what to enter in Clio's developer portal, checks the app's key and secret with
Clio, and writes .env.`;

const PUBLIC_ADDRESS_HELP = `
Which HTTPS address will Upfirst and Clio use? For example: router.example.com

On a server, it is the host name of your HTTPS proxy. On a laptop, a tunnel gives you an address: start one of these in
another terminal, and enter the address that it prints.

  cloudflared tunnel --url http://localhost:3000
  ngrok http 3000

Keep the tunnel running while you use the service. When its address changes, change PUBLIC_URL in .env and the redirect
URI in Clio.
`;

await runCommand({ usage: USAGE, run: init });

async function init(args: readonly string[], signal: AbortSignal): Promise<number> {
  rejectArguments(args);
  // The terminal itself would echo the answers, the secret included.
  if (process.stdin.isTTY && !process.stdout.isTTY)
    throw new CommandError(
      "The questions would not be visible. Run this command without redirecting its output.",
    );
  const prompt = new Prompt(process.stdin, process.stdout, signal);
  try {
    await askAndWrite(prompt);
    return 0;
  } catch (error) {
    if (error instanceof InterruptedError) throw new InterruptedError("Stopped. Nothing was changed.");
    throw new CommandError(`${describeError(error)} Nothing was changed.`);
  } finally {
    prompt.close();
  }
}

async function askAndWrite(prompt: Prompt): Promise<void> {
  prompt.say("This command asks for the required settings and writes them to .env. Press Ctrl+C to stop.\n");
  const existing = readEnvFile(ENV_FILE);
  if (
    existing &&
    !(await prompt.confirm("A .env file already exists. Replace it and keep a backup?", "no"))
  ) {
    prompt.say("Nothing was changed.");
    return;
  }
  const secretKey =
    (await askToKeepSecretKey(prompt, existing?.values)) ?? randomBytes(32).toString("base64");

  const region = await askForRegion(prompt);
  prompt.say(PUBLIC_ADDRESS_HELP);
  const question = { text: "Public address", complete: completeUrl };
  const publicUrl = new URL(await askForSetting(prompt, "PUBLIC_URL", question)).origin;
  prompt.say(formatPortalInstructions(region, publicUrl));
  const values = {
    PUBLIC_URL: publicUrl,
    ...(await askForClient(prompt, clioBaseUrlOf(region), publicUrl)),
    SECRET_KEY: secretKey,
    CLIO_REGION: region,
    SETUP_TOKEN: randomBytes(24).toString("base64url"),
  };
  // From here on nothing is awaited, so no signal can interrupt the write or follow it.
  const backupPath = writeEnvFile(ENV_FILE, formatEnvFile(values), existing?.text ?? null);
  const omitted = SETTINGS.map(({ name }) => name).filter(
    (name) => existing?.values[name]?.trim() && !(name in values),
  );
  const setupLink = `${publicUrl}/connect?setup=${values.SETUP_TOKEN}`;
  prompt.say(formatNextSteps({ backupPath, omitted, setupLink }));
}

/** The existing file's key, if it is valid and the operator keeps it; otherwise null. */
async function askToKeepSecretKey(
  prompt: Prompt,
  existing: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  const key = existing.SECRET_KEY?.trim();
  if (!key) return null;
  if (checkSetting("SECRET_KEY", key) ?? checkEnvValue(key)) {
    prompt.say("The SECRET_KEY in that file is invalid. A new one is generated.\n");
    return null;
  }
  prompt.say("\nWithout the SECRET_KEY in that file, the stored connections to Clio can't be decrypted.");
  const keep = await prompt.confirm("Keep that SECRET_KEY?", "yes");
  prompt.say("");
  return keep ? key : null;
}

async function askForRegion(prompt: Prompt): Promise<ClioRegion> {
  prompt.say("Where does the firm sign in to Clio?");
  for (const [name, { baseUrl }] of Object.entries(REGIONS)) prompt.say(`  ${name}  ${baseUrl}`);
  const answer = await askForSetting(prompt, "CLIO_REGION", { text: "Region", defaultAnswer: "us" });
  return answer.toLowerCase() as ClioRegion;
}

function describeError(error: unknown): string {
  if (error instanceof InputEndedError) return "The input ended before the last question.";
  // Every answer was checked, so this is a bug. The message quotes no secret.
  if (error instanceof SettingsError) return `The service would refuse this .env: ${error.message}`;
  return `Can't read or write .env: ${error instanceof Error ? error.message : error}.`;
}
