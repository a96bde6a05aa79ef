/**
 * `npm run init`: asks for what the service needs to know, says what to enter in Clio's developer portal, and
 * writes `.env`. Nothing is written before the last answer. Prints no secret but the setup link.
 */
import { randomBytes } from "node:crypto";
import {
  type ClioRegion,
  checkSetting,
  REGIONS,
  SETTINGS,
  type SettingName,
  SettingsError,
} from "../../config/settings.ts";
import { InputEndedError, Prompt, type Question } from "../prompt.ts";
import { envFileText, misfitForEnvFile, readEarlier, writeEnvFile } from "./env-file.ts";

const ENV_FILE = ".env";

const USAGE = `Usage: npm run init

Asks for the settings that are required, explains what to enter in Clio's developer portal, and writes .env.`;

if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
if (process.stdin.isTTY && !process.stdout.isTTY) {
  // The terminal itself would echo what is typed, the secret too.
  fail("The questions cannot be seen: run this without sending its output elsewhere.");
}
process.on("SIGINT", interrupted);
const questions = new Prompt(process.stdin, process.stdout, interrupted);
try {
  await run();
} catch (error) {
  fail(`${reasonFor(error)} Nothing was changed.`);
}
questions.close();

async function run(): Promise<void> {
  questions.say("This asks for what the service needs to know, and writes it to .env. Ctrl+C stops it.\n");
  const earlier = readEarlier(ENV_FILE);
  if (earlier && !(await questions.confirm("There is a .env already. Replace it (a copy is kept)?", "no"))) {
    questions.say("Nothing was changed.");
    return;
  }
  const secretKey = (await keptSecretKey(earlier?.values)) ?? randomBytes(32).toString("base64");

  const region = await askRegion();
  questions.say(
    "\nAt what HTTPS address will Upfirst and Clio reach this? Such as https://router.example.com",
  );
  const publicUrl = new URL(await askFor("PUBLIC_URL", { text: "Public address" })).origin;
  questions.say(portalInstructions(region, publicUrl));
  const values = {
    PUBLIC_URL: publicUrl,
    CLIO_CLIENT_ID: await askFor("CLIO_CLIENT_ID", { text: "Client id (the app's key)" }),
    CLIO_CLIENT_SECRET: await askFor("CLIO_CLIENT_SECRET", {
      text: "Client secret (not shown while you type)",
      hidden: true,
    }),
    SECRET_KEY: secretKey,
    CLIO_REGION: region,
    SETUP_TOKEN: randomBytes(24).toString("base64url"),
  };
  const kept = writeEnvFile(ENV_FILE, envFileText(values), earlier?.text ?? null);
  const dropped = SETTINGS.map(({ name }) => name).filter(
    (name) => earlier?.values[name]?.trim() && !(name in values),
  );
  questions.say(closingWords({ kept, dropped, link: `${publicUrl}/connect?setup=${values.SETUP_TOKEN}` }));
}

/** The key of the earlier file, if it does and is to be kept. */
async function keptSecretKey(earlier: Record<string, string> = {}): Promise<string | null> {
  const key = earlier.SECRET_KEY?.trim();
  if (!key) return null;
  if (checkSetting("SECRET_KEY", key) ?? misfitForEnvFile(key)) {
    questions.say("Its SECRET_KEY is none that the service takes: a new one is made.\n");
    return null;
  }
  questions.say("\nWithout its SECRET_KEY the Clio connections stored so far cannot be read.");
  const keep = await questions.confirm("Keep that SECRET_KEY?", "yes");
  questions.say("");
  return keep ? key : null;
}

async function askRegion(): Promise<ClioRegion> {
  questions.say("Where does the firm sign in to Clio?");
  for (const [name, { baseUrl }] of Object.entries(REGIONS)) questions.say(`  ${name}  ${baseUrl}`);
  const answer = await askFor("CLIO_REGION", { text: "Region", defaultAnswer: "us" });
  return answer.toLowerCase() as ClioRegion;
}

/** Asks until the service itself would take the answer. */
function askFor(name: SettingName, question: Omit<Question, "validate">): Promise<string> {
  return questions.ask({
    ...question,
    validate: (answer) => checkSetting(name, answer) ?? misfitForEnvFile(answer),
  });
}

function portalInstructions(region: ClioRegion, publicUrl: string): string {
  // Each region has a portal of its own, beside its app: eu.app.clio.com, eu.developers.clio.com.
  const portal = REGIONS[region].baseUrl.replace("app.clio.com", "developers.clio.com");
  return `
Now make the developer app in Clio. Sign in as somebody of the firm at

  ${portal}/apps

and add an app, with any name and your website's address. Then enter:

  Redirect URI   ${publicUrl}/oauth/callback

  Permissions
    Contacts         read    to find the caller
    Matters          read    to find the caller's matters and the people on them
    Users            read    to see who connected, and the numbers of the people on a matter
    Custom actions   write   to put "Find responsible staff" into the menus of Clio's records
    Webhooks         write   to be told at once when a contact or a matter changes
    Activities       read    only for that menu entry on activities
    Documents        read    only for that menu entry on documents and folders

The app's page then shows its key and its secret.
`;
}

interface Outcome {
  /** Where the earlier file is. */
  kept: string | null;
  /** Settings that were in the earlier file alone. */
  dropped: readonly string[];
  link: string;
}

function closingWords({ kept, dropped, link }: Outcome): string {
  const lines = [
    "",
    ".env is written, readable for you alone. Keep a copy of its SECRET_KEY apart from here.",
  ];
  if (kept) lines.push(`The earlier file is kept as ${kept}.`);
  if (dropped.length > 0)
    lines.push(`Set there and not in the new file; copy over what still holds: ${dropped.join(", ")}.`);
  lines.push(
    "",
    "Next, start the service:",
    "",
    "  npm start",
    "",
    "and open this link, sign in to Clio and allow access. It lets firms in: show it to nobody.",
    "",
    `  ${link}`,
    "",
  );
  return lines.join("\n");
}

function reasonFor(error: unknown): string {
  if (error instanceof InputEndedError) return "The answers ended before the questions did.";
  // Every answer was checked, so this is a fault of the program; the message quotes no secret.
  if (error instanceof SettingsError) return `The service would refuse this .env: ${error.message}`;
  return `.env cannot be read or written: ${error instanceof Error ? error.message : error}.`;
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Writing is one step that no signal comes between, and the last: before it, there is nothing to take back. */
function interrupted(): never {
  process.stdout.write("\nStopped. Nothing was changed.\n");
  process.exit(130);
}
