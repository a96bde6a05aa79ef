import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { Settings } from "./config/settings.ts";
import { type ContainerOptions, createContainer, type Services } from "./container.ts";
import { CONNECTION_LIMITS, limitExchanges } from "./http/connection-limits.ts";
import { gracefulClose } from "./runtime/graceful-close.ts";

/** A running service. */
export interface Service {
  /** Its address on this machine: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The link that admits the first firm; null if `SETUP_TOKEN` is set or a firm was already admitted. */
  readonly setupLink: string | null;
  /** What it consists of. Closed by `close`. */
  readonly services: Services;
  /**
   * Stops accepting connections, answers the requests in flight, and closes the store, within 15 seconds, whatever
   * clients do. A second call does nothing.
   */
  close(): Promise<void>;
}

/**
 * By then, a request that was sent before the stop has arrived.
 * Together with the timeouts of `container.ts` and `runtime/exit.ts`, the process ends within 15 seconds.
 */
const ARRIVAL_TIMEOUT_MS = 2_000;
/** A page is answered within 10 seconds. */
const RESPONSE_TIMEOUT_MS = 10_200;

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
  const { setupToken, mirrorScheduler, auditSweeper, callSweeper, walCheckpointer, outboxWorker } =
    container.services;
  const server = createServer(CONNECTION_LIMITS, createApp(container.services));
  limitExchanges(server);
  const closeServer = gracefulClose(server, {
    arrivalTimeoutMs: ARRIVAL_TIMEOUT_MS,
    responseTimeoutMs: RESPONSE_TIMEOUT_MS,
  });
  try {
    server.listen(settings.port, settings.host);
    await once(server, "listening");
  } catch (error) {
    await container.close();
    throw error;
  }
  mirrorScheduler.start();
  auditSweeper.start();
  callSweeper.start();
  walCheckpointer?.start();
  outboxWorker.start();

  let closing: Promise<void> | null = null;
  return {
    url: localUrl(server.address() as AddressInfo),
    setupLink: setupToken?.generated
      ? `${settings.publicUrl}/connect?setup=${encodeURIComponent(setupToken.value)}`
      : null,
    services: container.services,
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
