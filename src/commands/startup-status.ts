import type { Service } from "../server.ts";
import { type FirmOverview, listFirmOverviews } from "./firms/firm-overview.ts";

/** What a person who starts the service wants to know. */
export interface StartupStatus {
  /** Where it listens on this machine. */
  readonly url: string;
  readonly publicUrl: string;
  /** Whether the public address leads to a service like this one. */
  readonly isPublicUrlReachable: boolean;
  /** Clio's host. */
  readonly clioUrl: string;
  /** The link that connects the first firm; null if there is none to show. */
  readonly setupLink: string | null;
  readonly hasSetupToken: boolean;
  readonly firms: readonly FirmStatus[];
}

export interface FirmStatus extends FirmOverview {
  /** Whether the receptionist has a key for it. */
  readonly hasKey: boolean;
}

const REACHABILITY_TIMEOUT_MS = 3_000;

/**
 * Reads the status from the store, and tries the public address. Sends nothing to Clio.
 * @param signal ends the try
 */
export async function readStartupStatus(
  { url, setupLink, services }: Pick<Service, "url" | "setupLink" | "services">,
  signal: AbortSignal,
): Promise<StartupStatus> {
  const { settings, store, mirrorRequirements, now } = services;
  const { publicUrl, clio, setupToken, upfirstApiKey } = settings;
  const [overviews, isPublicUrlReachable] = await Promise.all([
    listFirmOverviews(store, mirrorRequirements, now()),
    isReachable(publicUrl, signal),
  ]);
  const firms = overviews.map(async (overview) => ({
    ...overview,
    hasKey:
      (upfirstApiKey !== null && overviews.length === 1) ||
      (await store.apiKeys.listByFirm(overview.firm.id)).length > 0,
  }));
  return {
    url,
    publicUrl,
    isPublicUrlReachable,
    clioUrl: clio.baseUrl,
    setupLink,
    hasSetupToken: setupToken !== null,
    firms: await Promise.all(firms),
  };
}

async function isReachable(publicUrl: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(`${publicUrl}/healthz`, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(REACHABILITY_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
