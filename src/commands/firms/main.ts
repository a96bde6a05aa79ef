/** `npm run firms`: lists the firms, makes a link that connects one, removes one. Runs beside the service or alone. */
import { pino } from "pino";
import type { Settings } from "../../config/settings.ts";
import { mirrorFormatVersion } from "../../mirror/format-version.ts";
import { createSealer, type Sealer } from "../../store/encryption/sealing.ts";
import { openStore, type Store } from "../../store/store.ts";
import { formatTime } from "../../views/format.ts";
import { cannotOpenDatabase, loadSettings, print, printError, runCommand } from "../cli.ts";
import { confirmRemoval } from "./confirm-removal.ts";
import { firmOverviews } from "./firm-overview.ts";
import { formatFirmsAsJson } from "./format-json.ts";
import { formatFirmsAsTable } from "./format-table.ts";
import { type FirmsCommand, parseArguments, USAGE } from "./parse-arguments.ts";

await runCommand({ usage: USAGE, run: firms });

async function firms(args: readonly string[]): Promise<number> {
  const command = parseArguments(args);
  const settings = loadSettings();
  switch (command.name) {
    case "list":
      await withStore(settings, (store, sealer) => list(command, settings, store, sealer));
      break;
    case "admit":
      await withStore(settings, (store) => admit(settings, store));
      break;
    case "remove":
      await removeOne(command, settings);
  }
  return 0;
}

async function withStore(settings: Settings, work: (store: Store, sealer: Sealer) => Promise<void>) {
  const sealer = createSealer(settings.secretKeys);
  const store = await openStore(settings.databaseUrl, sealer).catch(cannotOpenDatabase);
  await work(store, sealer).finally(() => store.close());
}

async function list({ json }: { json: boolean }, settings: Settings, store: Store, sealer: Sealer) {
  const { directory, defaultCountry, publicUrl } = settings;
  const requirements =
    directory === "mirror" ? { formatVersion: mirrorFormatVersion(sealer, defaultCountry) } : null;
  const now = Date.now();
  const overviews = await firmOverviews(store, requirements, now);
  print(json ? formatFirmsAsJson(overviews) : formatFirmsAsTable(overviews, publicUrl, now));
}

/** Only the link goes to standard output, so that a script can pipe it on. */
async function admit({ publicUrl }: Settings, store: Store): Promise<void> {
  const { token, expiresAt } = await store.invitations.create();
  print(`${publicUrl}/connect?setup=${encodeURIComponent(token)}\n`);
  printError(
    `This link connects one firm, once, until ${formatTime(expiresAt)}: the firm of whoever opens it and signs in to Clio. It can't be shown again.`,
  );
}

async function removeOne(
  { firmId, yes, withoutClio }: FirmsCommand & { name: "remove" },
  settings: Settings,
) {
  // Loaded only here: a list does not need what talks to Clio, and starts faster without it.
  const { createContainer } = await import("../../container.ts");
  const { remove } = await import("./remove.ts");
  const container = await createContainer(settings, pino({ level: "silent" }), {
    managesWebhooks: false,
  }).catch(cannotOpenDatabase);
  try {
    const confirm = (id: string, what: string) =>
      yes ? Promise.resolve() : confirmRemoval(id, what, { input: process.stdin, output: process.stderr });
    print(await remove({ ...container.services, confirm }, firmId, { withoutClio }));
  } finally {
    await container.close();
  }
}
