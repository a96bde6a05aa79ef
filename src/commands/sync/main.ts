/** `npm run sync`: reads every firm, or one, from Clio again, and shows the progress. Runs beside the service or alone. */
import { parseArgs } from "node:util";
import { destination, pino } from "pino";
import type { Settings } from "../../config/settings.ts";
import { createContainer } from "../../container.ts";
import { redactError } from "../../runtime/redact-error.ts";
import type { Firm } from "../../store/repositories/firms.ts";
import { cannotOpenDatabase, INTERRUPTED, loadSettings, runCommand } from "../cli.ts";
import { CommandError, UsageError } from "../command-error.ts";
import { ProgressLine } from "../progress.ts";
import { formatOutcome, formatProgress } from "./format-sync.ts";
import { type SyncOutcome, syncFirms } from "./sync-firms.ts";

const USAGE = `Usage: npm run sync [-- --firm FIRM]

Reads contacts, matters and users from Clio again. Calls are answered meanwhile.

  --firm FIRM   reads only this firm, for example us-12345`;

const line = new ProgressLine(process.stderr, Date.now);

await runCommand({ usage: USAGE, run: sync });

async function sync(args: readonly string[], signal: AbortSignal): Promise<number> {
  const firmId = parseFirm(args);
  const settings = loadSettings();
  if (settings.directory === "live")
    throw new CommandError(
      "Nothing to read: with DIRECTORY=live every call asks Clio, and nothing is stored.",
    );

  // Clio's answers are reported on the progress line; only internal errors go to the log.
  const log = pino({ level: "error", base: null }, destination({ fd: 1, sync: true }));
  const container = await createContainer(settings, log, { managesWebhooks: false }).catch(
    cannotOpenDatabase,
  );
  const { store, mirrorScheduler, mirrorRequirements } = container.services;
  try {
    const firms = chooseFirms(await store.firms.list(), firmId, settings);
    if (!mirrorRequirements || firms.length === 0) return 1;
    const outcomes: SyncOutcome["how"][] = [];
    await syncFirms({ store, mirrorScheduler, requirements: mirrorRequirements, now: Date.now }, firms, {
      signal,
      progress(firmsInProgress) {
        const { share, text } = formatProgress(firmsInProgress, Date.now());
        line.show(share, text);
      },
      ended(firm, outcome) {
        outcomes.push(outcome.how);
        line.print(formatOutcome(firm, outcome, settings.publicUrl));
      },
    });
    const isWell =
      outcomes.includes("read") && outcomes.every((how) => how === "read" || how === "nobody_connected");
    return isWell ? 0 : 1;
  } catch (error) {
    line.clear();
    if (!signal.aborted) {
      log.error({ fault: redactError(error) }, "sync");
      line.print("Sync failed; the log line above says where. Everything read so far is kept.");
      return 1;
    }
    line.print(
      "Stopped. Everything read so far is kept; the service, or this command, continues from there.",
    );
    return INTERRUPTED;
  } finally {
    line.clear();
    await container.close();
  }
}

function parseFirm(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: { firm: { type: "string" } } }).values.firm;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The firm of that id, or all firms; none, with an explanation, when there is no such firm. */
function chooseFirms(
  firms: readonly Firm[],
  firmId: string | undefined,
  { databaseUrl }: Settings,
): readonly Firm[] {
  const database = databaseUrl.kind === "sqlite" ? databaseUrl.path : "the database";
  if (firms.length === 0) line.print(`No firm is connected yet in ${database}.`);
  if (firmId === undefined) return firms;
  const chosen = firms.filter(({ id }) => id === firmId);
  if (firms.length > 0 && chosen.length === 0)
    line.print(`There is no firm ${firmId}. Firms: ${firms.map(({ id }) => id).join(", ")}.`);
  return chosen;
}
