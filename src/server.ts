import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { Settings } from "./config/settings.ts";
import { type ContainerOptions, createContainer } from "./container.ts";
import { gracefulClose } from "./runtime/graceful-close.ts";

/** A running service. */
export interface Service {
  /** Its address on this machine: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The link that admits the first firm; null if `SETUP_TOKEN` is set or a firm is admitted already. */
  readonly setupLink: string | null;
  /** Stops accepting connections, answers the requests in flight, and closes the store. A second call does nothing. */
  close(): Promise<void>;
}

/** Large enough that an extremely long parameter gets a 400 that names it, and not a closed connection. */
const MAX_HEADER_BYTES = 128 * 1024;

/**
 * Opens the store, listens, and starts keeping the mirrors up to date.
 * Throws if the store can't be opened or the port is in use; nothing stays open then.
 */
export async function startService(
  settings: Settings,
  log: Logger,
  options: ContainerOptions = {},
): Promise<Service> {
  const container = await createContainer(settings, log, options);
  const { setupToken, mirrorScheduler, auditSweeper } = container.services;
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, createApp(container.services));
  const closeServer = gracefulClose(server);
  try {
    server.listen(settings.port, settings.host);
    await once(server, "listening");
  } catch (error) {
    await container.close();
    throw error;
  }
  mirrorScheduler.start();
  auditSweeper.start();

  let closing: Promise<void> | null = null;
  return {
    url: localUrl(server.address() as AddressInfo),
    setupLink: setupToken?.generated
      ? `${settings.publicUrl}/connect?setup=${encodeURIComponent(setupToken.value)}`
      : null,
    close() {
      closing ??= closeServer().finally(() => container.close());
      return closing;
    },
  };
}

function localUrl({ address, port, family }: AddressInfo): string {
  const isAnyAddress = address === "0.0.0.0" || address === "::";
  const host = isAnyAddress ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
