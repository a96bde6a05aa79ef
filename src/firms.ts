/**
 * `npm run firms`: shows the firms to whoever runs the service, admits one by a link, removes one. Runs beside the service
 * or alone.
 */
import { pino } from "pino";
import { summarizeFault } from "./fault-summary.ts";
import { type FirmsCommand, readCommand } from "./firms/command-line.ts";
import { CommandRefused } from "./firms/command-refused.ts";
import { confirmRemoval } from "./firms/confirm.ts";
import { firmOverviews } from "./firms/firm-overview.ts";
import { listJson } from "./firms/list-json.ts";
import { listWords } from "./firms/list-words.ts";
import { mirrorForm } from "./mirror/form.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";
import { createSealer, type Sealer } from "./store/sealing.ts";
import { openStore, type Store } from "./store/store.ts";
import { timeInWords } from "./views/words.ts";

// Whoever reads the first lines of a long list alone (`| head`) closes the pipe: that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  const command = readCommand(process.argv.slice(2));
  await carryOut(command, settingsOrRefusal());
} catch (error) {
  // Not process.exit(), which may come before what was written is out, and may hang.
  process.exitCode = error instanceof CommandRefused ? error.exitCode : 1;
  tell(error instanceof CommandRefused ? error.message : `This failed: ${faultWords(error)}`);
}

async function carryOut(command: FirmsCommand, settings: Settings): Promise<void> {
  if (command.name === "remove") return removeOne(command, settings);
  const sealer = createSealer(settings.secretKeys);
  const store = await openStore(settings.databaseUrl, sealer).catch(cannotBeOpened);
  try {
    if (command.name === "list") await list(command, settings, store, sealer);
    else await admit(settings, store);
  } finally {
    await store.close();
  }
}

async function list({ json }: { json: boolean }, settings: Settings, store: Store, sealer: Sealer) {
  const { directory, defaultCountry, publicUrl } = settings;
  const wanted = directory === "mirror" ? { form: mirrorForm(sealer, defaultCountry) } : null;
  const now = Date.now();
  const overviews = await firmOverviews(store, wanted, now);
  print(json ? listJson(overviews) : listWords(overviews, publicUrl, now));
}

/** The link alone goes to standard output: it may be piped to where it is needed. */
async function admit({ publicUrl }: Settings, store: Store): Promise<void> {
  const { token, expiresAt } = await store.invitations.make();
  print(`${publicUrl}/connect?setup=${encodeURIComponent(token)}\n`);
  tell(
    `Good for one firm, once, until ${timeInWords(expiresAt)}: whoever opens it and signs in to Clio admits their firm. It cannot be shown again.`,
  );
}

async function removeOne(
  { firmId, yes, withoutClio }: FirmsCommand & { name: "remove" },
  settings: Settings,
) {
  // What asks Clio takes a while to load, and a list does without.
  const { openMirroring } = await import("./mirroring.ts");
  const { remove } = await import("./firms/remove.ts");
  const log = pino({ level: "silent" });
  const mirroring = await openMirroring(settings, log, { keepsWebhooks: false }).catch(cannotBeOpened);
  try {
    const confirm = (id: string, what: string) =>
      yes ? Promise.resolve() : confirmRemoval(id, what, { input: process.stdin, output: process.stderr });
    print(await remove({ ...mirroring, confirm }, firmId, { withoutClio }));
  } finally {
    await mirroring.close();
  }
}

function settingsOrRefusal(): Settings {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new CommandRefused(
      `The settings do not do. Each line: the name, what is wrong, an example.\n\n${error.message}`,
      1,
    );
  }
}

function cannotBeOpened(error: unknown): never {
  throw new CommandRefused(
    `The database cannot be opened: ${error instanceof Error ? error.message : error}`,
    1,
  );
}

/** Without the error's own text, which may quote somebody's data. */
function faultWords(error: unknown): string {
  return JSON.stringify(summarizeFault(error));
}

function print(text: string): void {
  process.stdout.write(text);
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
