import { hash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** How long an invitation is good, in milliseconds. */
export const INVITATION_LIFETIME_MS = 7 * 24 * 60 * 60_000;

/** A way in for one firm, as it can be told once: afterwards only the hash of its token is there. */
export interface Invitation {
  /** 43 characters of base64url, 32 random bytes: they cannot be guessed from their SHA-256, and need no slow hash. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What the operator hands to a firm that is to be admitted: each is good for one firm, once, for 7 days. */
export interface Invitations {
  /** Makes one; those that have expired are forgotten. */
  create(): Promise<Invitation>;
  /** Whether a token is that of an invitation that is good now. */
  isValid(token: string): Promise<boolean>;
  /**
   * Uses an invitation up. Of two that come at the same moment one gets true. `Firms.admit` does it, so that it goes
   * together with the admission or not at all.
   *
   * @returns false when there is no such invitation, or it was used before, or has expired
   */
  use(token: string): Promise<boolean>;
}

const TOKEN_BYTES = 32;

/**
 * @param db a transaction, where using one up is to go together with something else
 * @param now milliseconds since 1970
 */
export function createInvitations(db: Kysely<Schema>, now: () => number): Invitations {
  return {
    async create() {
      const madeAt = now();
      await db.deleteFrom("invitations").where("expires_at", "<=", madeAt).execute();
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      const expiresAt = madeAt + INVITATION_LIFETIME_MS;
      await db
        .insertInto("invitations")
        .values({ token_hash: hashOf(token), made_at: madeAt, expires_at: expiresAt, used_at: null })
        .execute();
      return { token, expiresAt };
    },

    async isValid(token) {
      const row = await db
        .selectFrom("invitations")
        .select("token_hash")
        .where("token_hash", "=", hashOf(token))
        .where("used_at", "is", null)
        .where("expires_at", ">", now())
        .executeTakeFirst();
      return row !== undefined;
    },

    async use(token) {
      const row = await db
        .updateTable("invitations")
        .set({ used_at: now() })
        .where("token_hash", "=", hashOf(token))
        .where("used_at", "is", null)
        .where("expires_at", ">", now())
        .returning("token_hash")
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function hashOf(token: string): string {
  return hash("sha256", token);
}
