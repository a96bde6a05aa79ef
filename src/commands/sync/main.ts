/** `npm run sync`: reads every firm, or one, from Clio again, and shows the progress. Runs alongside the service or alone. */
import "../../runtime/disable-library-debug.ts";

import { destination, pino } from "pino";
import type { Settings } from "../../config/settings.ts";
import type { Services } from "../../container.ts";
import { redactError } from "../../runtime/redact-error.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import { runCommand } from "../cli.ts";
import { CommandError, InterruptedError } from "../command-error.ts";
import { loadSettings } from "../load-settings.ts";
import { parseOptions } from "../parse-options.ts";
import { ProgressLine } from "../progress-line.ts";
import { UnknownFirmError } from "../unknown-firm-error.ts";
import { withServices } from "../with-store.ts";
import { formatOutcome, formatProgress } from "./format-sync.ts";
import { type SyncOutcome, syncFirms } from "./sync-firms.ts";

const USAGE = `Usage: npm run sync [-- --firm FIRM]

Reads contacts, matters and users from Clio again. Calls are answered in the meantime.

  --firm FIRM   read only this firm, for example us-12345`;

await runCommand({ usage: USAGE, run: sync });

async function sync(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { firm: firmId } = parseOptions(args, { firm: { type: "string" } });
  const settings = loadSettings();
  if (settings.directory === "live")
    throw new CommandError(
      "Nothing to sync: with DIRECTORY=live, every call is looked up in Clio and nothing is stored.",
    );

  // Errors from Clio are shown on the progress line. Only internal errors go to the log.
  const log = pino({ level: "error", base: null }, destination({ fd: 1, sync: true }));
  return withServices(settings, log, async (services) => {
    const firms = chooseFirms(await services.store.firms.list(), firmId, settings);
    try {
      const kinds = (await syncWithProgress(services, firms, signal)).map(({ kind }) => kind);
      const allWell = kinds.every((kind) => kind === "synced" || kind === "no_user_connected");
      return allWell && kinds.includes("synced") ? 0 : 1;
    } catch (error) {
      if (signal.aborted)
        throw new InterruptedError(
          "Stopped. Everything read so far is kept. The service, or the next run of this command, continues from there.",
        );
      log.error({ fault: redactError(error) }, "sync");
      throw new CommandError(
        "The sync failed. The log line above shows where. Everything read so far is kept.",
      );
    }
  });
}

async function syncWithProgress(
  { store, mirrorScheduler, recordAudit, mirrorRequirements, settings, now }: Services,
  firms: readonly Firm[],
  signal: AbortSignal,
): Promise<SyncOutcome[]> {
  if (!mirrorRequirements) throw new TypeError("there are no mirrors with DIRECTORY=live");
  const line = new ProgressLine(process.stderr, now);
  const outcomes: SyncOutcome[] = [];
  try {
    await syncFirms({ store, mirrorScheduler, recordAudit, requirements: mirrorRequirements, now }, firms, {
      signal,
      onProgress(firmsInProgress) {
        const { share, text } = formatProgress(firmsInProgress, now());
        line.show(share, text);
      },
      onOutcome(firm, outcome) {
        outcomes.push(outcome);
        line.print(formatOutcome(firm, outcome, settings.publicUrl));
      },
    });
  } finally {
    line.clear();
  }
  return outcomes;
}

/** The firm with that ID, or every firm. Throws `CommandError` if there is none. */
function chooseFirms(
  firms: readonly Firm[],
  firmId: string | undefined,
  { databaseUrl }: Settings,
): readonly Firm[] {
  const database = databaseUrl.kind === "sqlite" ? databaseUrl.path : "the database";
  if (firms.length === 0) throw new CommandError(`No firm is connected yet in ${database}.`);
  if (firmId === undefined) return firms;
  const chosen = firms.filter(({ id }) => id === firmId);
  if (chosen.length === 0) throw new UnknownFirmError(firmId, firms);
  return chosen;
}
