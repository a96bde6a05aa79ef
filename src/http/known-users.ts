import type { Request, Response } from "express";
import { z } from "zod";
import type { Connection } from "../store/repositories/connections.ts";
import type { Cookies } from "./cookies.ts";
import { createListCookie, isOf, OfUser } from "./sealed-list-cookie.ts";

/** Signing out everywhere ends this as well. */
const KnownUser = OfUser.extend({
  /** Epoch milliseconds. */
  seenAt: z.number(),
});

/**
 * The users who have signed in with a browser. It signs no one in: it only tells that a confirmed click was opened in a
 * browser of the user who clicked, and not by someone who was given the link (docs/explanation/security.md, "Forged clicks").
 * It outlasts the session, so that users who work in Clio don't have to sign in here for each click.
 */
export interface KnownUsers {
  /** Reads the cookie of the browser that sent the request. */
  of(request: Request): Promise<BrowserUsers>;
  /** Forgets all users of this browser. */
  clear(response: Response): void;
}

/** The known users of one browser. */
export interface BrowserUsers {
  /** Whether the user has signed in with this browser, and hasn't signed out since. */
  has(connection: Connection): boolean;
  /** Records that the user has signed in with this browser or used it since. Writes the cookie at most once a day. */
  add(response: Response, connection: Connection): Promise<void>;
}

interface KnownUserParts {
  secretKeys: readonly Uint8Array[];
  cookies: Cookies;
  /** Epoch milliseconds. */
  now: () => number;
}

const DAY_SECONDS = 24 * 60 * 60;
const LIFETIME_SECONDS = 90 * DAY_SECONDS;
const RENEWAL_INTERVAL_MS = DAY_SECONDS * 1000;
const MAX_USERS = 5;

export function createKnownUsers(parts: KnownUserParts): KnownUsers {
  const { now } = parts;
  const users = createListCookie({
    cookie: "known",
    use: "known users",
    entry: KnownUser,
    addedAt: ({ seenAt }) => seenAt,
    lifetimeSeconds: LIFETIME_SECONDS,
    maxEntries: MAX_USERS,
    ...parts,
  });

  return {
    async of(request) {
      const stored = await users.read(request);
      const find = (connection: Connection) => stored.find((user) => isOf(user, connection));
      return {
        has: (connection) => find(connection) !== undefined,

        async add(response, connection) {
          const known = find(connection);
          if (known && now() - known.seenAt < RENEWAL_INTERVAL_MS) return;
          const { firmId, userId, sessionEpoch: epoch } = connection;
          const others = stored.filter((user) => user.firmId !== firmId || user.userId !== userId);
          await users.write(response, [{ firmId, userId, epoch, seenAt: now() }, ...others]);
        },
      };
    },

    clear: users.clear,
  };
}
