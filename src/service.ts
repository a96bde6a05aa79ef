import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { clioWebAddresses } from "./clio/web-addresses.ts";
import { createFirmClio } from "./connections/firm-clio.ts";
import { createOAuthStates } from "./connections/oauth-state.ts";
import { chooseSetupToken } from "./connections/setup-token.ts";
import { CoverageSnapshots } from "./directory/coverage-snapshots.ts";
import type { Directory } from "./directory/directory.ts";
import { createLiveDirectory } from "./directory/live.ts";
import { createMirrorDirectory } from "./directory/mirror.ts";
import { gracefulClose } from "./http/graceful-close.ts";
import { createSessions } from "./http/session.ts";
import { type MirroringOptions, openMirroring } from "./mirroring.ts";
import type { Services } from "./services.ts";
import type { Settings } from "./settings.ts";
import { createViews } from "./views/views.ts";

/** The service, listening. */
export interface Service {
  /** Where it listens, as an address on this machine: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The link that admits the first firm, when no setup token was set and no firm is admitted; else null. */
  readonly setupLink: string | null;
  /** Stops taking connections, answers the requests in flight, and closes the store. A second time does nothing. */
  close(): Promise<void>;
}

/** Bytes. An absurdly long parameter gets its 400, with the name of the parameter, rather than a broken connection. */
const LONGEST_REQUEST_HEAD = 128 * 1024;

/** Everything with a life is made here, passed in, and closed again. */
async function createServices(settings: Settings, log: Logger, options: MirroringOptions) {
  const { now = Date.now } = options;
  const mirroring = await openMirroring(settings, log, options);
  const { store, isShared, metrics, oauth, client, liveTokens, userClio, wanted, keeper } = mirroring;
  const { clio, publicUrl, secretKeys, defaultCountry } = settings;
  const coverage = new CoverageSnapshots({ userClio, settings, now });
  const live = createLiveDirectory(createFirmClio(store.connections, liveTokens, client));
  const directory: Directory = wanted
    ? createMirrorDirectory({ store, live, keeper, form: wanted.form, defaultCountry, now })
    : live;
  const services: Services = {
    settings,
    store,
    oauth,
    client,
    oauthStates: createOAuthStates(secretKeys, store.usedStates, now),
    setupToken: chooseSetupToken(settings, await store.firms.count(), isShared),
    sessions: createSessions(secretKeys, publicUrl, now),
    userClio,
    webAddresses: clioWebAddresses(clio.baseUrl),
    coverage,
    directory,
    keeper,
    wantedMirrors: wanted,
    sharedGuesses: isShared ? store.wrongGuesses : null,
    metrics,
    views: createViews(),
    log,
    now,
  };
  async function close(): Promise<void> {
    coverage.close();
    await mirroring.close();
  }
  return { services, close };
}

/**
 * Opens the store and listens.
 * @param log where the request lines go
 * @param options another clock, for tests; and what is to be told of the reading of firms
 * Throws when the store cannot be opened or the port is taken; nothing stays open then.
 */
export async function startService(
  settings: Settings,
  log: Logger,
  options: MirroringOptions = {},
): Promise<Service> {
  const { services, close } = await createServices(settings, log, options);
  const server = createServer({ maxHeaderSize: LONGEST_REQUEST_HEAD }, createApp(services));
  const closeServer = gracefulClose(server);
  try {
    server.listen(settings.port, settings.host);
    await once(server, "listening");
  } catch (error) {
    await close();
    throw error;
  }
  services.keeper.start();

  const { address, port, family } = server.address() as AddressInfo;
  const everywhere = address === "0.0.0.0" || address === "::";
  const host = everywhere ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  const { setupToken } = services;
  let closing: Promise<void> | null = null;
  return {
    url: `http://${host}:${port}`,
    setupLink: setupToken?.generated
      ? `${settings.publicUrl}/connect?setup=${encodeURIComponent(setupToken.value)}`
      : null,
    close() {
      closing ??= closeServer().finally(close);
      return closing;
    },
  };
}
