import type { Request, RequestHandler, Response } from "express";
import { LRUCache } from "lru-cache";
import {
  ClioNotConnectedError,
  FirmAmbiguousError,
  TooManyRequestsError,
  UnauthorizedError,
} from "../errors.ts";
import { equalInConstantTime } from "../security/constant-time.ts";
import type { Store } from "../store/store.ts";
import { type AttemptLimiters, addressOf } from "./attempt-limits.ts";
import { withinDeadline } from "./deadline.ts";

interface RequireApiKeyParts {
  store: Store;
  settings: { readonly upfirstApiKey: string | null };
  limiters: AttemptLimiters;
  now: () => number;
}

const MINUTE_MS = 60_000;
const MAX_RECENTLY_RECORDED = 10_000;

/**
 * Admits requests with a firm's API key, and sets `firmId`. Invalid keys are limited by address; a valid key never is
 * (docs/reference/errors.md).
 * @param settings `upfirstApiKey` comes from the operator's own secret store and works while exactly one firm is admitted
 */
export function requireApiKey({ store, settings, limiters, now }: RequireApiKeyParts): RequestHandler {
  const { upfirstApiKey } = settings;
  const recentlyRecorded = new LRUCache<string, true>({ max: MAX_RECENTLY_RECORDED, ttl: MINUTE_MS });

  /** The ID of the firm that the key belongs to; null for an unknown or revoked key. */
  async function findFirm(key: string): Promise<string | null> {
    if (upfirstApiKey !== null && equalInConstantTime(key, upfirstApiKey)) return onlyFirm(store);
    const verified = await store.apiKeys.verify(key);
    if (!verified) return null;
    const { keyId, firmId } = verified;
    recordOncePerMinute(keyId, (at) => store.apiKeys.recordUse(firmId, keyId, at));
    return firmId;
  }

  /** "Last used" needn't be more exact than a minute, and no caller waits for this write. */
  function recordOncePerMinute(id: string, record: (at: number) => Promise<void>): void {
    if (recentlyRecorded.has(id)) return;
    recentlyRecorded.set(id, true);
    record(now()).catch(() => recentlyRecorded.delete(id));
  }

  async function admit(key: string, request: Request, response: Response): Promise<void> {
    const firmId = await withinDeadline(response, findFirm(key));
    if (firmId === null) {
      // Counted only now, so that valid keys, which are nearly all, cost nothing.
      const invalid = await withinDeadline(response, limiters.invalidKeys.count(addressOf(request)));
      if (invalid.isOverLimit)
        throw new TooManyRequestsError(
          "This address has sent too many invalid keys. Try again in a minute.",
          { retryAfter: invalid.retryAfter },
        );
      throw new UnauthorizedError("This API key is unknown or has been revoked.");
    }
    recordOncePerMinute(firmId, (at) => store.firms.recordCall(firmId, at));
    response.locals.firmId = firmId;
  }

  return (request, response, next) => {
    const key = bearerToken(request);
    if (key === null)
      throw new UnauthorizedError("Send the firm's API key in a header: Authorization: Bearer KEY.");
    // Its use was recorded when it was verified, less than a second ago.
    const recent = store.apiKeys.findRecent(key);
    if (!recent) return admit(key, request, response).then(next);
    response.locals.firmId = recent.firmId;
    next();
  };
}

function bearerToken(request: Request): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.get("authorization") ?? "")?.[1] ?? null;
}

async function onlyFirm(store: Store): Promise<string> {
  const firm = await store.firms.only();
  if (firm === "none")
    throw new ClioNotConnectedError("No firm is connected yet. Open the setup link to connect one.");
  if (firm === "several")
    throw new FirmAmbiguousError(
      "UPFIRST_API_KEY works only while a single firm is admitted. Use each firm's own API key instead.",
    );
  return firm.id;
}
