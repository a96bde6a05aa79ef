import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import { z } from "zod";
import type { Connection } from "../store/repositories/connections.ts";
import type { Cookies } from "./cookies.ts";
import { createListCookie, isOf, OfUser } from "./sealed-list-cookie.ts";

/** A click on the custom action, confirmed by Clio or not. */
export interface Click {
  readonly connection: Connection;
  /** The record, as a path of Clio's API: `/api/v4/matters/1834567`. */
  readonly subject: string;
  readonly nonce: string;
}

/** Valid no longer than the user's sessions. */
const VerifiedClick = OfUser.extend({
  subject: z.string(),
  /** SHA-256 in base64url. A nonce is never stored in the clear, not even in an encrypted cookie. */
  nonceHash: z.string(),
  /** Epoch milliseconds. */
  verifiedAt: z.number(),
});

/**
 * The clicks that were made in a browser and confirmed by Clio, so that their pages can be reloaded there. They have a
 * separate cookie: a click in progress during a sign-out must not restore the session.
 */
export interface VerifiedClicks {
  /** Reads the cookie of the browser that sent the request. */
  of(request: Request): Promise<BrowserClicks>;
  /** Forgets the clicks of other firms' users: users of two firms may share a browser. */
  keepOnly(request: Request, response: Response, firmId: string): Promise<void>;
  /** Forgets all clicks. */
  clear(response: Response): void;
}

/** The verified clicks of one browser. */
export interface BrowserClicks {
  /** Whether this browser made the click, and Clio has confirmed it, within the last 15 minutes. */
  has(click: Click): boolean;
  /** Stores a click that Clio has just confirmed. */
  add(response: Response, click: Click): Promise<void>;
}

interface VerifiedClickParts {
  secretKeys: readonly Uint8Array[];
  cookies: Cookies;
  /** Epoch milliseconds. */
  now: () => number;
}

/** How long a page can be reloaded in the same browser. Clio accepts its nonce only once. */
const RELOAD_WINDOW_SECONDS = 15 * 60;
const MAX_CLICKS = 5;

export function createVerifiedClicks(parts: VerifiedClickParts): VerifiedClicks {
  const { now } = parts;
  const clicks = createListCookie({
    cookie: "clicks",
    use: "verified clicks",
    entry: VerifiedClick,
    addedAt: ({ verifiedAt }) => verifiedAt,
    lifetimeSeconds: RELOAD_WINDOW_SECONDS,
    maxEntries: MAX_CLICKS,
    ...parts,
  });

  return {
    async of(request) {
      const stored = await clicks.read(request);
      return {
        has({ connection, subject, nonce }) {
          const nonceHash = hashNonce(nonce);
          return stored.some(
            (verified) =>
              verified.nonceHash === nonceHash && verified.subject === subject && isOf(verified, connection),
          );
        },

        async add(response, { connection, subject, nonce }) {
          const { firmId, userId, sessionEpoch: epoch } = connection;
          const verified = { firmId, userId, epoch, subject, nonceHash: hashNonce(nonce), verifiedAt: now() };
          await clicks.write(response, [verified, ...stored]);
        },
      };
    },

    async keepOnly(request, response, firmId) {
      const stored = await clicks.read(request);
      const kept = stored.filter((click) => click.firmId === firmId);
      if (kept.length === stored.length) return;
      if (kept.length > 0) await clicks.write(response, kept);
      else clicks.clear(response);
    },

    clear: clicks.clear,
  };
}

function hashNonce(nonce: string): string {
  return createHash("sha256").update(nonce).digest("base64url");
}
