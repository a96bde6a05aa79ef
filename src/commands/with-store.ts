import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { Services } from "../container.ts";
import { createSealer } from "../store/encryption/sealing.ts";
import { openStore, type Store } from "../store/store.ts";
import { printError } from "./cli.ts";
import { CommandError } from "./command-error.ts";

/** Opens the store, does the work, and closes the store. Throws `CommandError` if it can't be opened. */
export async function withStore<T>(
  { secretKeys, databaseUrl }: Settings,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const warn = (sentence: string) => printError(sentence);
  const store = await openStore(databaseUrl, createSealer(secretKeys), Date.now, warn).catch(failToOpen);
  return work(store).finally(() => store.close());
}

/** Makes every service, does the work, and closes them. Throws `CommandError` if the store can't be opened. */
export async function withServices<T>(
  settings: Settings,
  log: Logger,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  // Loaded only here: a command that needs nothing but the store starts faster without it.
  const { createContainer } = await import("../container.ts");
  // A command can't answer the handshake of a webhook that it creates.
  const container = await createContainer(settings, log, { managesWebhooks: false }).catch(failToOpen);
  return work(container.services).finally(() => container.close());
}

function failToOpen(error: unknown): never {
  throw new CommandError(`Can't open the database: ${error instanceof Error ? error.message : error}`);
}
