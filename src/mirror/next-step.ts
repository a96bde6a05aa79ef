import type { FirmMirror, Mirror } from "../store/repositories/mirror.ts";
import { currentMirror, POLL_INTERVAL_MS } from "./freshness.ts";

/** A unit of work on a firm's mirror. Failed steps are logged by these names (docs/reference/metrics-and-logs.md). */
export type SyncStep =
  /** Delete the mirror. */
  | "discard"
  /** Create an empty mirror, in place of an outdated one if there is one. */
  | "create"
  /** Create, extend or delete webhooks. */
  | "webhooks"
  /** Read the records that webhooks reported. */
  | "pending_changes"
  /** Read what changed since the last poll. */
  | "poll"
  /** Begin to read all records. */
  | "start_full_sync"
  /** Read the next page of the full sync. */
  | "sync_page";

/** The requirements for every mirror. */
export interface MirrorRequirements {
  /** The format that its rows must have (`mirrorFormatVersion`). */
  readonly formatVersion: string;
  /** Returns the hour of the day, 0 to 23, in the firms' time zone at a moment in epoch milliseconds. */
  readonly hourAt: (at: number) => number;
  /** The address of this service that Clio's webhooks deliver to (`PUBLIC_URL`); null to leave webhooks alone. */
  readonly webhookBaseUrl: string | null;
}

const HOUR_MS = 60 * 60_000;
const WEBHOOK_CHECK_INTERVAL_MS = 24 * HOUR_MS;
const WEBHOOK_RETRY_INTERVAL_MS = 5 * 60_000;

const NIGHT = { fromHour: 1, untilHour: 5 };
const MIN_FULL_SYNC_INTERVAL_MS = 12 * HOUR_MS;
const MAX_FULL_SYNC_INTERVAL_MS = 36 * HOUR_MS;
/** Firms start their nightly sync at different times within these minutes, to spread the load. */
const NIGHTLY_SPREAD_MINUTES = 180;

/**
 * Decides the next step for a firm, the most urgent first (docs/explanation/how-fresh.md, "What decides the next step").
 * @param requirements null if no mirrors are kept (`DIRECTORY=live`)
 * @param now epoch milliseconds
 * @returns null if nothing is due
 */
export function nextSyncStep(
  firm: FirmMirror,
  requirements: MirrorRequirements | null,
  now: number,
): SyncStep | null {
  const { mirror, lookupUserId } = firm;
  if (requirements === null || lookupUserId === null) return mirror ? "discard" : null;
  if (!mirror || !currentMirror(firm, requirements)) return "create";
  if (now < mirror.retryAt) return null;
  if (isWebhookCheckDue(mirror, requirements, now)) return "webhooks";
  if (firm.hasPendingChanges) return "pending_changes";
  if (mirror.completeAt !== null && now - (mirror.polledAt ?? 0) >= POLL_INTERVAL_MS) return "poll";
  if (mirror.fullSync !== null) return "sync_page";
  if (mirror.completeAt === null || mirror.fullSyncRequested || isFullSyncDue(mirror, requirements, now))
    return "start_full_sync";
  return null;
}

function isWebhookCheckDue(mirror: Mirror, { webhookBaseUrl }: MirrorRequirements, now: number): boolean {
  const { webhooksCheckedAt, webhooksAddress, webhooksErrorCode } = mirror;
  if (webhookBaseUrl === null) return false;
  if (webhooksCheckedAt === null || webhooksAddress !== webhookBaseUrl) return true;
  const intervalMs = webhooksErrorCode === null ? WEBHOOK_CHECK_INTERVAL_MS : WEBHOOK_RETRY_INTERVAL_MS;
  return now - webhooksCheckedAt >= intervalMs;
}

/** docs/explanation/how-fresh.md, "The nightly full sync". */
function isFullSyncDue({ id, fullSyncedAt }: Mirror, { hourAt }: MirrorRequirements, now: number): boolean {
  const elapsedMs = now - (fullSyncedAt ?? 0);
  if (elapsedMs >= MAX_FULL_SYNC_INTERVAL_MS) return true;
  if (elapsedMs < MIN_FULL_SYNC_INTERVAL_MS) return false;
  const firmOffsetMs = (id % NIGHTLY_SPREAD_MINUTES) * 60_000;
  const hour = hourAt(now - firmOffsetMs);
  return hour >= NIGHT.fromHour && hour < NIGHT.untilHour;
}

/**
 * Returns a function that converts a moment to the hour of the day in a time zone.
 * @param timeZone an IANA name, for example `America/Chicago`
 */
export function hourIn(timeZone: string): MirrorRequirements["hourAt"] {
  const format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone });
  return (at) => Number(format.format(at));
}
