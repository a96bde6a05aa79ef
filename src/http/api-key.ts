import type { Request, RequestHandler } from "express";
import { LRUCache } from "lru-cache";
import { ClioNotConnectedError, FirmAmbiguousError, UnauthorizedError } from "../errors.ts";
import { equalInConstantTime } from "../security/constant-time.ts";
import type { Store } from "../store/store.ts";
import { withinDeadline } from "./deadline.ts";
import { limitFailedAttempts, type SharedAttempts } from "./failed-attempts.ts";

interface ApiKeyParts {
  store: Store;
  settings: { readonly upfirstApiKey: string | null };
  sharedAttempts: SharedAttempts | null;
  now: () => number;
}

const MINUTE = 60_000;

/**
 * Lets a request pass when its bearer key belongs to a firm, and notes which one. Wrong keys are counted by address
 * and cut off after 30 in a minute; a right key is never limited (contract, "Errors").
 * @param settings `upfirstApiKey` is the key from the operator's own secret store, good while exactly one firm is admitted
 */
export function apiKey({ store, settings, sharedAttempts, now }: ApiKeyParts): RequestHandler {
  const { upfirstApiKey } = settings;
  const countWrongKey = limitFailedAttempts("keys", sharedAttempts);

  /** The firm that a key belongs to, or null when it is not one of ours. */
  async function firmOf(key: string): Promise<string | null> {
    if (upfirstApiKey !== null && equalInConstantTime(key, upfirstApiKey)) return onlyFirm(store);
    const verified = await store.apiKeys.verify(key);
    if (!verified) return null;
    const { keyId, firmId } = verified;
    noteOnceAMinute(keyId, (at) => store.apiKeys.recordUse(firmId, keyId, at));
    return firmId;
  }

  const noted = new LRUCache<string, true>({ max: 10_000, ttl: MINUTE });

  /** Once a minute is enough for "last used" and "last call", and no caller waits for that write. */
  function noteOnceAMinute(id: string, note: (at: number) => Promise<void>): void {
    if (noted.has(id)) return;
    noted.set(id, true);
    note(now()).catch(() => noted.delete(id));
  }

  return async (request, response, next) => {
    const key = bearerOf(request);
    if (key === null) throw new UnauthorizedError("Send a key of this service: Authorization: Bearer KEY.");
    const firmId = await withinDeadline(response, firmOf(key));
    if (firmId === null) {
      await withinDeadline(response, countWrongKey(request, response));
      throw new UnauthorizedError("The key is not one of this service, or it was revoked.");
    }
    noteOnceAMinute(firmId, (at) => store.firms.recordCall(firmId, at));
    response.locals.firmId = firmId;
    next();
  };
}

function bearerOf(request: Request): string | null {
  return /^Bearer +(\S+) *$/i.exec(request.get("authorization") ?? "")?.[1] ?? null;
}

async function onlyFirm(store: Store): Promise<string> {
  const firm = await store.firms.only();
  if (firm === "none")
    throw new ClioNotConnectedError("No firm is admitted yet: open the setup link to connect one.");
  if (firm === "several")
    throw new FirmAmbiguousError(
      "UPFIRST_API_KEY is good while one firm is admitted; there are several. Give each firm a key of its own.",
    );
  return firm.id;
}
