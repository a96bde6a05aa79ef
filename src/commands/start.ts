/** `npm start`: runs the service until a signal stops it. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Logger } from "pino";
import { anyRequiredSettingGiven, type Settings } from "../config/settings.ts";
import { createLog } from "../runtime/log.ts";
import { redactError } from "../runtime/redact-error.ts";
import { limitHeap, relaxHeap } from "../runtime/v8-memory.ts";
import { type Service, startService } from "../server.ts";
import { printError, runCommand } from "./cli.ts";
import { CommandError } from "./command-error.ts";
import { describeListenError } from "./describe-listen-error.ts";
import { loadSettings } from "./load-settings.ts";
import { rejectArguments } from "./parse-options.ts";

const USAGE = `Usage: npm start

Runs the service until Ctrl+C or SIGTERM stops it. Settings come from the environment and from .env; see
docs/reference/settings.md.`;

await runCommand({ usage: USAGE, run: start });

async function start(args: readonly string[], signal: AbortSignal): Promise<number> {
  rejectArguments(args);
  const settings = loadSettingsOrSuggestInit();
  const log = createLog(settings.logLevel);
  const service = await listen(settings, log);
  log.info({ listening: service.url }, "ready");
  if (process.stderr.isTTY) await greet(service, log, signal);
  else if (service.setupLink)
    printError(`Connect your firm with this link. It works once:\n\n  ${service.setupLink}\n`);

  if (!signal.aborted) await once(signal, "abort");
  log.info({ signal: signal.reason }, "stopping");
  await service.close();
  log.info("stopped");
  log.flush();
  return 0;
}

/** Tells a person at a terminal where the service is and what to do next. The service runs whether this works or not. */
async function greet(service: Service, log: Logger, signal: AbortSignal): Promise<void> {
  try {
    // Loaded only here: behind a supervisor, no one reads it.
    const { readStartupStatus } = await import("./startup-status.ts");
    const { formatStartup } = await import("./format-startup.ts");
    printError(formatStartup(await readStartupStatus(service, signal), Date.now()));
  } catch (error) {
    log.warn({ error: redactError(error) }, "startup status unavailable");
  }
}

function loadSettingsOrSuggestInit(): Settings {
  try {
    return loadSettings();
  } catch (error) {
    const isFirstStart = !existsSync(".env") && !anyRequiredSettingGiven();
    if (!(error instanceof CommandError) || !isFirstStart) throw error;
    throw new CommandError(`${error.message}\nTo create .env, run: npm run init`);
  }
}

async function listen(settings: Settings, log: Logger): Promise<Service> {
  try {
    // With DIRECTORY=live, a call waits for Clio and not for garbage collection.
    if (settings.directory === "live") return await startService(settings, log);
    relaxHeap();
    return await startService(settings, log, { onFullSyncStart: limitHeap, onFullSyncEnd: relaxHeap });
  } catch (error) {
    const reason = describeListenError(error, settings) ?? (error instanceof Error ? error.message : error);
    throw new CommandError(`Can't start the service: ${reason}`);
  }
}
