import type { Request, Response } from "express";
import { z } from "zod";
import { newestKey } from "../security/derived-keys.ts";
import { createSealedTokens } from "../security/sealed-tokens.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { Cookies } from "./cookies.ts";

const KnownUser = z.object({
  firmId: z.string(),
  userId: z.number(),
  /** The connection's `sessionEpoch`: signing out everywhere ends this as well. */
  epoch: z.number(),
  /** Epoch milliseconds. */
  seenAt: z.number(),
});
type KnownUser = z.infer<typeof KnownUser>;

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

/** Keeps the cookie small. */
const MAX_USERS = 5;

export function createKnownUsers({ secretKeys, cookies, now }: KnownUserParts): KnownUsers {
  const tokens = createSealedTokens({
    key: newestKey(secretKeys, "session"),
    use: "known users",
    claims: z.array(KnownUser),
    now,
  });

  async function read(request: Request): Promise<KnownUser[]> {
    const cookie = cookies.read(request, "known");
    const users = cookie === null ? [] : await tokens.open(cookie).catch(() => []);
    return users.filter(({ seenAt }) => now() - seenAt < LIFETIME_SECONDS * 1000);
  }

  return {
    async has(request, connection) {
      return (await read(request)).some((user) => isSame(user, connection));
    },

    async add(request, response, connection) {
      const users = await read(request);
      const known = users.find((user) => isSame(user, connection));
      if (known && now() - known.seenAt < RENEWAL_INTERVAL_MS) return;
      const { firmId, userId, sessionEpoch: epoch } = connection;
      const others = users.filter((user) => user.firmId !== firmId || user.userId !== userId);
      const newest = [{ firmId, userId, epoch, seenAt: now() }, ...others].slice(0, MAX_USERS);
      cookies.set(response, "known", await tokens.seal(newest, LIFETIME_SECONDS), LIFETIME_SECONDS);
    },

    clear: (response) => cookies.clear(response, "known"),
  };
}

function isSame({ firmId, userId, epoch }: KnownUser, connection: Connection): boolean {
  return firmId === connection.firmId && userId === connection.userId && epoch === connection.sessionEpoch;
}
