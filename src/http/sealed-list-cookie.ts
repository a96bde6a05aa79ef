import type { Request, Response } from "express";
import { z } from "zod";
import { newestKey } from "../security/derived-keys.ts";
import { createSealedTokens } from "../security/sealed-tokens.ts";
import type { Connection } from "../store/repositories/connections.ts";
import type { CookieName, Cookies } from "./cookies.ts";

/** Binds an entry to a user, and to the time before all of the user's sessions end. */
export const OfUser = z.object({
  firmId: z.string(),
  userId: z.number(),
  /** The connection's `sessionEpoch`. */
  epoch: z.number(),
});

/** Whether an entry belongs to the user, and their sessions haven't all ended since. */
export function isOf(entry: z.infer<typeof OfUser>, { firmId, userId, sessionEpoch }: Connection): boolean {
  return entry.firmId === firmId && entry.userId === userId && entry.epoch === sessionEpoch;
}

interface ListCookieParts<Entry> {
  readonly cookie: CookieName;
  /** What the cookie is for, in words. A cookie for another use is refused. */
  readonly use: string;
  readonly entry: z.ZodType<Entry>;
  /** When an entry was added, in epoch milliseconds. */
  readonly addedAt: (entry: Entry) => number;
  /** How long an entry counts after it was added. */
  readonly lifetimeSeconds: number;
  /** Keeps the cookie small. */
  readonly maxEntries: number;
  readonly secretKeys: readonly Uint8Array[];
  readonly cookies: Cookies;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A short list in an encrypted cookie. */
export interface ListCookie<Entry> {
  /** The entries that still count; none if the cookie is missing, foreign or expired. */
  read(request: Request): Promise<Entry[]>;
  /** Replaces the list. Entries beyond the limit are left out. */
  write(response: Response, entries: readonly Entry[]): Promise<void>;
  clear(response: Response): void;
}

/** Opens a list in an encrypted cookie. */
export function createListCookie<Entry>(parts: ListCookieParts<Entry>): ListCookie<Entry> {
  const { cookie, use, entry, addedAt, lifetimeSeconds, maxEntries, secretKeys, cookies, now } = parts;
  const tokens = createSealedTokens({
    key: newestKey(secretKeys, "session"),
    use,
    claims: z.array(entry),
    now,
  });
  return {
    async read(request) {
      const value = cookies.read(request, cookie);
      const entries = value === null ? [] : await tokens.open(value).catch(() => []);
      return entries.filter((one) => now() - addedAt(one) < lifetimeSeconds * 1000);
    },

    async write(response, entries) {
      const value = await tokens.seal(entries.slice(0, maxEntries), lifetimeSeconds);
      cookies.set(response, cookie, value, lifetimeSeconds);
    },

    clear: (response) => cookies.clear(response, cookie),
  };
}
