import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import { z } from "zod";
import { newestKey } from "../security/derived-keys.ts";
import { createSealedTokens } from "../security/sealed-tokens.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Cookies } from "./cookies.ts";

/** A click on the custom action, confirmed by Clio or not. */
export interface Click {
  readonly connection: Connection;
  /** The record, as a path of Clio's API: `/api/v4/matters/1834567`. */
  readonly subject: string;
  readonly nonce: string;
}

const VerifiedClick = z.object({
  firmId: z.string(),
  userId: z.number(),
  /** The connection's `sessionEpoch`: the click is valid no longer than the user's sessions. */
  epoch: z.number(),
  subject: z.string(),
  /** SHA-256 in base64url. A nonce is never stored in the clear, not even in an encrypted cookie. */
  nonceHash: z.string(),
  /** Epoch milliseconds. */
  verifiedAt: z.number(),
});
type VerifiedClick = z.infer<typeof VerifiedClick>;

/**
 * The clicks that were made in a browser and confirmed by Clio, so that their pages can be reloaded there. They have a
 * separate cookie: a click in progress during a sign-out must not restore the session.
 */
export interface VerifiedClicks {
  /** Whether this browser made the click, and Clio has confirmed it, within the last 15 minutes. */
  has(request: Request, click: Click): Promise<boolean>;
  /** Stores a click that Clio has just confirmed. */
  add(request: Request, response: Response, click: Click): Promise<void>;
  /** Forgets the clicks of other firms' users: users of two firms may share a browser. */
  keepOnly(request: Request, response: Response, firmId: string): Promise<void>;
  /** Forgets all clicks. */
  clear(response: Response): void;
}

interface VerifiedClickParts {
  secretKeys: readonly Uint8Array[];
  cookies: Cookies;
  /** Epoch milliseconds. */
  now: () => number;
}

/** How long a page can be reloaded in the same browser. Clio accepts its nonce only once. */
const RELOAD_WINDOW_SECONDS = 15 * 60;

/** Keeps the cookie small. */
const MAX_CLICKS = 5;

export function createVerifiedClicks({ secretKeys, cookies, now }: VerifiedClickParts): VerifiedClicks {
  const tokens = createSealedTokens({
    key: newestKey(secretKeys, "session"),
    use: "verified clicks",
    claims: z.array(VerifiedClick),
    now,
  });

  async function read(request: Request): Promise<VerifiedClick[]> {
    const cookie = cookies.read(request, "clicks");
    const clicks = cookie === null ? [] : await tokens.open(cookie).catch(() => []);
    return clicks.filter(({ verifiedAt }) => now() - verifiedAt < RELOAD_WINDOW_SECONDS * 1000);
  }

  async function write(response: Response, clicks: readonly VerifiedClick[]): Promise<void> {
    const cookie = await tokens.seal(clicks.slice(0, MAX_CLICKS), RELOAD_WINDOW_SECONDS);
    cookies.set(response, "clicks", cookie, RELOAD_WINDOW_SECONDS);
  }

  return {
    async has(request, { connection, subject, nonce }) {
      const nonceHash = hashNonce(nonce);
      return (await read(request)).some(
        (verified) =>
          verified.nonceHash === nonceHash &&
          verified.subject === subject &&
          verified.firmId === connection.firmId &&
          verified.userId === connection.userId &&
          verified.epoch === connection.sessionEpoch,
      );
    },

    async add(request, response, { connection, subject, nonce }) {
      const { firmId, userId, sessionEpoch: epoch } = connection;
      const verified = { firmId, userId, epoch, subject, nonceHash: hashNonce(nonce), verifiedAt: now() };
      await write(response, [verified, ...(await read(request))]);
    },

    async keepOnly(request, response, firmId) {
      const clicks = await read(request);
      const kept = clicks.filter((click) => click.firmId === firmId);
      if (kept.length === clicks.length) return;
      if (kept.length > 0) await write(response, kept);
      else cookies.clear(response, "clicks");
    },

    clear: (response) => cookies.clear(response, "clicks"),
  };
}

function hashNonce(nonce: string): string {
  return createHash("sha256").update(nonce).digest("base64url");
}
