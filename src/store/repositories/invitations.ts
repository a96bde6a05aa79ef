import { hash, randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { Schema } from "../db/schema.ts";

/** How long an invitation is valid. */
export const INVITATION_LIFETIME_MS = 7 * 24 * 60 * 60_000;

/** A new invitation. The token can't be read again, because only its hash is stored. */
export interface Invitation {
  /** 32 random bytes in base64url (43 characters). They can't be guessed, so SHA-256 is enough to store them. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Links with which the operator admits new firms. Each works for one firm, once, within 7 days. */
export interface Invitations {
  /** Creates an invitation, and deletes the expired ones. */
  create(): Promise<Invitation>;
  /** Whether there is an unused, unexpired invitation with that token. */
  isValid(token: string): Promise<boolean>;
  /**
   * Marks an invitation as used. `Firms.admit` calls this in the transaction that admits the firm.
   *
   * @returns false if the invitation doesn't exist, was used before, or has expired. If two callers use it at the same time,
   *   one of them gets true.
   */
  consume(token: string): Promise<boolean>;
}

const TOKEN_BYTES = 32;

/**
 * @param db the database, or a transaction
 * @param now the clock, in milliseconds since 1970
 */
export function createInvitations(db: Kysely<Schema>, now: () => number): Invitations {
  return {
    async create() {
      const createdAt = now();
      await db.deleteFrom("invitations").where("expires_at", "<=", createdAt).execute();
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      const expiresAt = createdAt + INVITATION_LIFETIME_MS;
      await db
        .insertInto("invitations")
        .values({ token_hash: sha256(token), made_at: createdAt, expires_at: expiresAt, used_at: null })
        .execute();
      return { token, expiresAt };
    },

    async isValid(token) {
      const row = await db
        .selectFrom("invitations")
        .select("token_hash")
        .where("token_hash", "=", sha256(token))
        .where("used_at", "is", null)
        .where("expires_at", ">", now())
        .executeTakeFirst();
      return row !== undefined;
    },

    async consume(token) {
      const row = await db
        .updateTable("invitations")
        .set({ used_at: now() })
        .where("token_hash", "=", sha256(token))
        .where("used_at", "is", null)
        .where("expires_at", ">", now())
        .returning("token_hash")
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function sha256(token: string): string {
  return hash("sha256", token);
}
