import { existsSync } from "node:fs";
import { destination, type Logger, pino } from "pino";
import { endWith } from "./ending.ts";
import { makeRoom, takeLittle } from "./frugality.ts";
import { type Service, startService } from "./service.ts";
import { readSettings, SETTINGS, type Settings, SettingsError } from "./settings.ts";

const settings = settingsOrNone();
if (settings) await run(settings);

/** Starts the service, which lives until a signal ends it. */
async function run(settings: Settings): Promise<void> {
  const log = pino({ level: settings.logLevel, base: null }, destination({ fd: 1, sync: true }));
  const service = await serviceOrNone(settings, log);
  if (!service) return;
  log.info({ listening: service.url }, "ready");
  if (service.setupLink) say(`Admit your firm with this link; it is good once:\n\n  ${service.setupLink}\n`);

  /** Answers what is in flight, closes the store, and ends with 0. */
  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping");
    await service?.close();
    log.info("stopped");
    endWith(0);
  }
  // Not `once`: at Ctrl+C the terminal and npm each send a signal, and the second one would kill the process at once.
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
}

/** The settings; or null, once the operator was told what is wrong with them. */
function settingsOrNone(): Settings | null {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    say(`The settings do not do. Each line: the name, what is wrong, an example.\n\n${error.message}\n`);
    if (nothingIsSet()) say("\n`npm run init` asks for what is required and writes it to .env.");
    endWith(1);
    return null;
  }
}

/** Whether this is a first start: no file, and nothing of what is required in the environment. */
function nothingIsSet(): boolean {
  const required = SETTINGS.filter((setting) => setting.required);
  return !existsSync(".env") && required.every(({ name }) => !process.env[name]?.trim());
}

/** The service, listening; or null, once the operator was told why it cannot. */
async function serviceOrNone(settings: Settings, log: Logger): Promise<Service | null> {
  try {
    // Where every call asks Clio, a call waits for Clio, not for memory.
    if (settings.directory === "live") return await startService(settings, log);
    makeRoom();
    return await startService(settings, log, { onReading: takeLittle, onRead: makeRoom });
  } catch (error) {
    say(`The service cannot start: ${error instanceof Error ? error.message : error}\n`);
    endWith(1);
    return null;
  }
}

/** For the operator at the terminal; standard output belongs to the log. */
function say(text: string): void {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
}
