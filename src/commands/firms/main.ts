/** `npm run firms`: lists the firms, prints a link that connects one, chooses an administrator, or removes a firm. Runs alongside the service or alone. */
import "../../runtime/disable-library-debug.ts";

import { destination, pino } from "pino";
import { createAuditRecorder } from "../../audit/record-audit.ts";
import type { Settings } from "../../config/settings.ts";
import { mirrorFormatVersion } from "../../mirror/format-version.ts";
import type { Store } from "../../store/store.ts";
import { formatTime } from "../../views/format.ts";
import { print, printError, runCommand } from "../cli.ts";
import { loadSettings } from "../load-settings.ts";
import { withServices, withStore } from "../with-store.ts";
import { addAdministrator } from "./add-administrator.ts";
import { confirmRemoval } from "./confirm-removal.ts";
import { listFirmOverviews } from "./firm-overview.ts";
import { formatFirmsAsJson } from "./format-firms-as-json.ts";
import { formatFirmsAsTable } from "./format-firms-as-table.ts";
import { type FirmsCommand, parseArguments, USAGE } from "./parse-arguments.ts";

await runCommand({ usage: USAGE, run: firms });

async function firms(args: readonly string[], signal: AbortSignal): Promise<number> {
  const command = parseArguments(args);
  const settings = loadSettings();
  switch (command.name) {
    case "list":
      await withStore(settings, (store) => list(command, settings, store));
      break;
    case "admit":
      await withStore(settings, (store) => admit(settings, store));
      break;
    case "admin":
      await withStore(settings, (store) => admin(command, settings, store));
      break;
    case "remove":
      await removeFirm(command, settings, signal);
  }
  return 0;
}

async function list({ json }: { json: boolean }, settings: Settings, store: Store) {
  const { directory, publicUrl } = settings;
  const requirements = directory === "mirror" ? { formatVersion: mirrorFormatVersion(settings) } : null;
  const now = Date.now();
  const overviews = await listFirmOverviews(store, requirements, now);
  print(json ? formatFirmsAsJson(overviews) : formatFirmsAsTable(overviews, publicUrl, now));
}

/** Only the link goes to standard output, so that a script can pipe it. */
async function admit({ publicUrl }: Settings, store: Store): Promise<void> {
  const { token, expiresAt } = await store.invitations.create();
  print(`${publicUrl}/connect?setup=${encodeURIComponent(token)}\n`);
  printError(
    `This link connects one firm, once, until ${formatTime(expiresAt)}. Send it to a user of the firm and keep it private. It can't be shown again.`,
  );
}

async function admin(
  { firmId, userId }: FirmsCommand & { name: "admin" },
  { publicUrl }: Settings,
  store: Store,
): Promise<void> {
  const log = pino({ level: "error", base: null }, destination({ fd: 2, sync: true }));
  const recordAudit = createAuditRecorder(store.auditEvents, log);
  print(await addAdministrator({ store, recordAudit, publicUrl }, firmId, userId));
}

async function removeFirm(
  { firmId, yes, withoutClio }: FirmsCommand & { name: "remove" },
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  // Loaded only here: a list doesn't need the Clio client and starts faster without it.
  const { remove } = await import("./remove.ts");
  await withServices(settings, pino({ level: "silent" }), async ({ store, userClio, recordAudit }) => {
    const confirm = async (id: string, consequences: string) => {
      if (yes) return;
      await confirmRemoval(id, consequences, { input: process.stdin, output: process.stderr }, signal);
    };
    print(await remove({ store, userClio, recordAudit, confirm, signal }, firmId, { withoutClio }));
  });
}
