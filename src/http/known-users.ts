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
  /** Whether the user has signed in with this browser, and hasn't signed out since. */
  has(request: Request, connection: Connection): Promise<boolean>;
  /** Records that the user has signed in with this browser or used it since. Writes the cookie at most once a day. */
  add(request: Request, response: Response, connection: Connection): Promise<void>;
  /** Forgets all users of this browser. */
  clear(response: Response): void;
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
    async has(request, connection) {
      return (await users.read(request)).some((user) => isOf(user, connection));
    },

    async add(request, response, connection) {
      const stored = await users.read(request);
      const known = stored.find((user) => isOf(user, connection));
      if (known && now() - known.seenAt < RENEWAL_INTERVAL_MS) return;
      const { firmId, userId, sessionEpoch: epoch } = connection;
      const others = stored.filter((user) => user.firmId !== firmId || user.userId !== userId);
      await users.write(response, [{ firmId, userId, epoch, seenAt: now() }, ...others]);
    },

    clear: users.clear,
  };
}
