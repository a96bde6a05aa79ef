import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { z } from "zod";
import type { DerivedKey } from "./derived-keys.ts";

/** A token is refused: it has expired, or this service didn't create it for this use. */
export class SealedTokenError extends Error {
  readonly reason: "expired" | "foreign";

  constructor(reason: SealedTokenError["reason"]) {
    super(`sealed token refused: ${reason}`);
    this.name = "SealedTokenError";
    this.reason = reason;
  }
}

/** Tokens that pass through a browser, where their claims can't be read or changed. They expire. */
export interface SealedTokens<T> {
  /** Encrypts with the first key. */
  seal(claims: T): Promise<string>;
  /** Decrypts with any of the keys. Throws `SealedTokenError`. */
  open(token: string): Promise<T>;
}

interface TokenUse<T> {
  /** The keys of one purpose; the first one encrypts. */
  keys: readonly DerivedKey[];
  /** What the token is for. A token for another use is refused, even with the same key. */
  use: string;
  claims: z.ZodType<T>;
  /** Seconds. */
  lifetime: number;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Creates and reads encrypted JWTs (JWE, `dir` with `A256GCM`, the key's ID in `kid`) for one use. */
export function createSealedTokens<T>({ keys, use, claims, lifetime, now }: TokenUse<T>): SealedTokens<T> {
  const newest = keys[0];
  if (!newest) throw new TypeError("at least one secret key is required");
  const payload = z.object({ claims });

  return {
    seal(sealed) {
      return new EncryptJWT({ claims: sealed })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: newest.kid })
        .setAudience(use)
        .setExpirationTime(Math.floor(now() / 1000) + lifetime)
        .encrypt(newest.key);
    },

    async open(token) {
      try {
        const opened = await jwtDecrypt(token, ({ kid }) => keyOf(kid), {
          audience: use,
          currentDate: new Date(now()),
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
        });
        return payload.parse(opened.payload).claims;
      } catch (error) {
        throw new SealedTokenError(error instanceof errors.JWTExpired ? "expired" : "foreign");
      }
    },
  };

  function keyOf(kid: string | undefined): Uint8Array {
    const derived = keys.find((key) => key.kid === kid);
    if (!derived) throw new SealedTokenError("foreign");
    return derived.key;
  }
}
