import type { Request, Response } from "express";
import { z } from "zod";
import { deriveKeys } from "../security/derived-keys.ts";
import { createSealedTokens } from "../security/sealed-tokens.ts";
import { cookieOptions, readCookie } from "./cookies.ts";

const VerifiedClick = z.object({
  firmId: z.string(),
  userId: z.number(),
  /** The record, as a path of Clio's API: `/api/v4/matters/1834567`. */
  subject: z.string(),
  /** SHA-256 in base64url. */
  nonceHash: z.string(),
  /** Epoch milliseconds. */
  verifiedAt: z.number(),
});

/** A click on the custom action, made in this browser and confirmed by Clio. */
export type VerifiedClick = z.infer<typeof VerifiedClick>;

const SignedIn = z.object({
  firmId: z.string(),
  userId: z.number(),
  /** Sent along with every form. */
  csrf: z.string(),
  /** Whether the next visit to `/setup` creates and shows the firm's first API key. */
  firstKey: z.boolean(),
});

/** Who has signed in with Clio. */
export type SignedIn = z.infer<typeof SignedIn>;

const Session = z.object({ signedIn: SignedIn.nullable(), clicks: z.array(VerifiedClick) });

/** The content of a browser's session cookie, which is encrypted. The service itself stores no sessions. */
export type Session = z.infer<typeof Session>;

/** The session of a browser without a valid cookie, and of one that has just signed out. */
export const EMPTY_SESSION: Session = { signedIn: null, clicks: [] };

/** Reads and writes the session cookie. */
export interface Sessions {
  /** The request's session; `EMPTY_SESSION` if there is none, or it is invalid or expired. */
  read(request: Request): Promise<Session>;
  write(response: Response, session: Session): Promise<void>;
}

const COOKIE = "session";

/** Long enough that users sign in once per working day. */
const LIFETIME_SECONDS = 12 * 3600;

/** @param publicUrl with https, the cookie is `Secure` */
export function createSessions(
  secretKeys: readonly Uint8Array[],
  publicUrl: string,
  now: () => number,
): Sessions {
  const keys = deriveKeys(secretKeys, "session");
  const tokens = createSealedTokens({
    keys,
    use: "session",
    claims: Session,
    lifetime: LIFETIME_SECONDS,
    now,
  });

  return {
    async read(request) {
      const cookie = readCookie(request, COOKIE);
      return cookie === null ? EMPTY_SESSION : tokens.open(cookie).catch(() => EMPTY_SESSION);
    },

    async write(response, session) {
      response.cookie(COOKIE, await tokens.seal(session), cookieOptions(publicUrl, LIFETIME_SECONDS));
    },
  };
}
