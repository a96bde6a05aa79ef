import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { createClioClient } from "./clio/client.ts";
import { createClioOAuth } from "./clio/oauth.ts";
import { rememberedRateLimits } from "./clio/rate-limits.ts";
import { LiveTokens } from "./connections/live-token.ts";
import { sharedRateLimits } from "./connections/shared-rate-limits.ts";
import { createUserClio } from "./connections/user-clio.ts";
import { createMetrics } from "./metrics.ts";
import { mirrorForm } from "./mirror/form.ts";
import { MirrorKeeper } from "./mirror/mirror-keeper.ts";
import { hourIn } from "./mirror/what-is-due.ts";
import type { Settings } from "./settings.ts";
import { createSealer } from "./store/sealing.ts";
import { openStore } from "./store/store.ts";

export interface MirroringOptions {
  /** The clock, in epoch milliseconds. */
  now?: () => number;
  /** How often the mirrors are looked after, in milliseconds. */
  looksEvery?: number;
  /** Whether webhooks are made and mended; not by whoever could not answer their handshake. */
  keepsWebhooks?: boolean;
  /** Told when this process begins to read everything of a firm, and when it reads no firm any more. */
  onReading?: () => void;
  onRead?: () => void;
}

/**
 * What is under way gets so long to end, in milliseconds: a store that hangs may not hold up the end until whoever waits for
 * it kills the process.
 */
const LONGEST_ENDING = 4_000;

/**
 * Makes what keeps the firms' mirrors: the store, the way to Clio, and the keeper, which does nothing yet. The service has
 * it, and so has `npm run sync` beside the service. Throws when the store cannot be opened.
 */
export async function openMirroring(settings: Settings, log: Logger, options: MirroringOptions = {}) {
  const { now = Date.now, looksEvery, keepsWebhooks = true, onReading, onRead } = options;
  const { clio, publicUrl, secretKeys, defaultCountry, timeZone } = settings;
  const sealer = createSealer(secretKeys);
  const store = await openStore(settings.databaseUrl, sealer, now);
  const metrics = createMetrics(store, now);
  const oauth = createClioOAuth({ ...clio, redirectUri: `${publicUrl}/oauth/callback`, now });
  // Over PostgreSQL this may be one process of several.
  const isShared = settings.databaseUrl.kind === "postgres";
  const limits = isShared ? sharedRateLimits(store.clioWindows, now) : rememberedRateLimits();
  const client = createClioClient(clio.baseUrl, metrics, limits);
  const { connections, turns } = store;
  const liveTokens = new LiveTokens({ connections, turns, oauth, metrics, now });
  const userClio = createUserClio(liveTokens, client);
  const form = mirrorForm(sealer, defaultCountry);
  const mirrors = { form, hourAt: hourIn(timeZone), webhooksTo: keepsWebhooks ? publicUrl : null };
  const wanted = settings.directory === "mirror" ? mirrors : null;
  const keeper = new MirrorKeeper({
    store,
    userClio,
    wanted,
    settings,
    log,
    now,
    looksEvery,
    onReading,
    onRead,
  });
  async function close(): Promise<void> {
    await ended(Promise.all([keeper.close(), liveTokens.settled()]));
    client.close();
    await store.close();
  }
  return { store, isShared, metrics, oauth, client, liveTokens, userClio, wanted, keeper, close };
}

async function ended(work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const { signal } = enough;
  await Promise.race([work, pause(LONGEST_ENDING, undefined, { signal }).catch(() => {})]);
  enough.abort();
}
