import type { Request, RequestHandler } from "express";
import { LRUCache } from "lru-cache";
import { ClioNotConnected, FirmAmbiguous, Unauthorized } from "../errors.ts";
import { sameSecret } from "../secret-text.ts";
import type { Services } from "../services.ts";
import type { Store } from "../store/store.ts";
import { inTime } from "./deadline.ts";
import { limitWrongGuesses } from "./wrong-guesses.ts";

type BearerKeyParts = Pick<Services, "store" | "settings" | "sharedGuesses" | "now">;

const MINUTE = 60_000;

/**
 * Lets a request pass when its bearer key belongs to a firm, and notes which one. Wrong keys are counted by address
 * and cut off after 30 in a minute; a right key is never limited (contract, "Errors").
 * @param settings `upfirstApiKey` is the key from the operator's own secret store, good while exactly one firm is admitted
 */
export function bearerKey({ store, settings, sharedGuesses, now }: BearerKeyParts): RequestHandler {
  const { upfirstApiKey } = settings;
  const countWrongKey = limitWrongGuesses("keys", sharedGuesses);

  /** The firm that a key belongs to, or null when it is not one of ours. */
  async function firmOf(key: string): Promise<string | null> {
    if (upfirstApiKey !== null && sameSecret(key, upfirstApiKey)) return onlyFirm(store);
    const verified = await store.bearerKeys.verify(key);
    if (!verified) return null;
    const { keyId, firmId } = verified;
    noteOnceAMinute(keyId, (at) => store.bearerKeys.touch(firmId, keyId, at));
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
    if (key === null) throw new Unauthorized("Send a key of this service: Authorization: Bearer KEY.");
    const firmId = await inTime(response, firmOf(key));
    if (firmId === null) {
      await inTime(response, countWrongKey(request, response));
      throw new Unauthorized("The key is not one of this service, or it was revoked.");
    }
    noteOnceAMinute(firmId, (at) => store.firms.noteCall(firmId, at));
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
    throw new ClioNotConnected("No firm is admitted yet: open the setup link to connect one.");
  if (firm === "several")
    throw new FirmAmbiguous(
      "UPFIRST_API_KEY is good while one firm is admitted; there are several. Give each firm a key of its own.",
    );
  return firm.id;
}
