import { randomBytes } from "node:crypto";
import type { Request, Response } from "express";
import { z } from "zod";
import { newestKey } from "../security/derived-keys.ts";
import { createSealedTokens } from "../security/sealed-tokens.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { RevokedSessions } from "../store/repositories/revoked-sessions.ts";
import type { Cookies } from "./cookies.ts";

const Session = z.object({
  /** Random. Stays the same when the cookie is renewed, so that ending the session ends every copy. */
  id: z.string(),
  firmId: z.string(),
  userId: z.number(),
  /** The connection's `sessionEpoch` at sign-in. */
  epoch: z.number(),
  /** Sent along with every form. */
  csrf: z.string(),
  /** Whether the next visit to `/setup` creates and shows the firm's first API key. */
  firstKey: z.boolean(),
  /** Epoch milliseconds. */
  signedInAt: z.number(),
  /** When this cookie was written, in epoch milliseconds. */
  renewedAt: z.number(),
});

/** The content of the session cookie, which is encrypted: who has signed in with Clio, and when. */
export type Session = z.infer<typeof Session>;

/**
 * Sessions of signed-in users (docs/explanation/security.md, "Sessions"). Their content is in a cookie; the service
 * stores only which sessions were ended.
 */
export interface Sessions {
  /**
   * The session of the request's cookie; null if there is none, or it has expired or was ended. Doesn't check whether the
   * user is still connected; `findCurrentUser` does.
   */
  read(request: Request): Promise<Session | null>;
  /** Signs a user in, and ends the session that the browser had before. */
  start(
    request: Request,
    response: Response,
    connection: Connection,
    options: { firstKey: boolean },
  ): Promise<void>;
  /** Extends a session that is in use. Writes the cookie only if it is several minutes old. */
  renew(response: Response, session: Session): Promise<void>;
  /** Records that the first API key was shown. */
  dropFirstKey(response: Response, session: Session): Promise<void>;
  /** Ends a session, copies of its cookie included. Durable once it resolves. */
  end(response: Response, session: Session): Promise<void>;
}

interface SessionParts {
  secretKeys: readonly Uint8Array[];
  cookies: Cookies;
  revokedSessions: RevokedSessions;
  /** Epoch milliseconds. */
  now: () => number;
}

const IDLE_TIMEOUT_MS = 12 * 3_600_000;
const MAX_AGE_MS = 7 * 24 * 3_600_000;

/** Avoids writing the cookie with every response: a session may end these few minutes early. */
const RENEWAL_INTERVAL_MS = 5 * 60_000;

const ID_BYTES = 16;
const CSRF_BYTES = 24;

export function createSessions({ secretKeys, cookies, revokedSessions, now }: SessionParts): Sessions {
  const tokens = createSealedTokens({
    key: newestKey(secretKeys, "session"),
    use: "session",
    claims: Session,
    now,
  });

  async function read(request: Request): Promise<Session | null> {
    const cookie = cookies.read(request, "session");
    const session = cookie === null ? null : await tokens.open(cookie).catch(() => null);
    return session && !(await revokedSessions.isRevoked(session.id)) ? session : null;
  }

  async function write(response: Response, session: Session): Promise<void> {
    const remainingMs = Math.min(IDLE_TIMEOUT_MS, endOf(session) - now());
    const lifetimeSeconds = Math.floor(remainingMs / 1000);
    const cookie = await tokens.seal({ ...session, renewedAt: now() }, lifetimeSeconds);
    cookies.set(response, "session", cookie, lifetimeSeconds);
  }

  return {
    read,

    async start(request, response, { firmId, userId, sessionEpoch }, { firstKey }) {
      const earlier = await read(request);
      if (earlier) await revokedSessions.revoke(earlier.id, endOf(earlier));
      await write(response, {
        id: randomBytes(ID_BYTES).toString("base64url"),
        firmId,
        userId,
        epoch: sessionEpoch,
        csrf: randomBytes(CSRF_BYTES).toString("base64url"),
        firstKey,
        signedInAt: now(),
        renewedAt: now(),
      });
    },

    async renew(response, session) {
      if (now() - session.renewedAt >= RENEWAL_INTERVAL_MS) await write(response, session);
    },

    dropFirstKey: (response, session) => write(response, { ...session, firstKey: false }),

    async end(response, session) {
      await revokedSessions.revoke(session.id, endOf(session));
      cookies.clear(response, "session");
    },
  };
}

function endOf({ signedInAt }: Session): number {
  return signedInAt + MAX_AGE_MS;
}
