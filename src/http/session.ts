import type { Request, Response } from "express";
import { z } from "zod";
import { deriveKeys } from "../security/derived-keys.ts";
import { createSealedTokens } from "../security/sealed-tokens.ts";
import { cookieOf, cookieOptions } from "./cookies.ts";

const VerifiedClick = z.object({
  firmId: z.string(),
  userId: z.number(),
  /** The record that was clicked, as Clio names it: `/api/v4/matters/1834567`. */
  subject: z.string(),
  /** SHA-256 of the nonce. */
  nonceHash: z.string(),
  /** Epoch milliseconds. */
  verifiedAt: z.number(),
});

/** A click on the custom action that Clio has vouched for, in this browser. */
export type VerifiedClick = z.infer<typeof VerifiedClick>;

const SignedIn = z.object({
  firmId: z.string(),
  userId: z.number(),
  /** Has to come with every form that changes something. */
  csrf: z.string(),
  /** The firm was admitted a moment ago: its first bearer key is made and shown at the next look at `/setup`. */
  firstKey: z.boolean(),
});

/** Who signed in by Clio's OAuth. */
export type SignedIn = z.infer<typeof SignedIn>;

const Session = z.object({ signedIn: SignedIn.nullable(), clicks: z.array(VerifiedClick) });

/** What one browser is known for. It travels in a sealed cookie: nothing of it is kept here. */
export type Session = z.infer<typeof Session>;

/** Reads and writes the session cookie. */
export interface Sessions {
  /** The session that came with the request; an empty one when there is none, or none that is good any more. */
  read(request: Request): Promise<Session>;
  write(response: Response, session: Session): Promise<void>;
}

const COOKIE = "session";

/** A working day, in seconds. */
const LIFETIME = 12 * 3600;

/** @param publicUrl decides whether the cookie is for https alone */
export function createSessions(
  secretKeys: readonly Uint8Array[],
  publicUrl: string,
  now: () => number,
): Sessions {
  const keys = deriveKeys(secretKeys, "session");
  const tokens = createSealedTokens({ keys, use: "session", claims: Session, lifetime: LIFETIME, now });

  return {
    async read(request) {
      const nobody: Session = { signedIn: null, clicks: [] };
      const cookie = cookieOf(request, COOKIE);
      return cookie === null ? nobody : tokens.open(cookie).catch(() => nobody);
    },

    async write(response, session) {
      response.cookie(COOKIE, await tokens.seal(session), cookieOptions(publicUrl, LIFETIME));
    },
  };
}
