import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { z } from "zod";
import type { DerivedKey } from "./derived-keys.ts";

/** A token that is not accepted: too old, or none that this service made for this use. */
export class SealedTokenError extends Error {
  readonly reason: "expired" | "foreign";

  constructor(reason: SealedTokenError["reason"]) {
    super(`sealed token refused: ${reason}`);
    this.name = "SealedTokenError";
    this.reason = reason;
  }
}

/** Claims that travel through a browser: nobody there can read or change them, and they end by themselves. */
export interface SealedTokens<T> {
  /** Seals with the first of the keys. */
  seal(claims: T): Promise<string>;
  /** Opens with any of them. Throws `SealedTokenRefused`. */
  open(token: string): Promise<T>;
}

interface TokenUse<T> {
  /** The keys of the purpose, the one that seals first. */
  keys: readonly DerivedKey[];
  /** What the token is for: one made for another use is refused, even under the same key. */
  use: string;
  claims: z.ZodType<T>;
  /** Seconds. */
  lifetime: number;
  now: () => number;
}

/** Makes and reads encrypted JWTs (JWE, `dir` with `A256GCM`, the key's id in `kid`) for one use. */
export function createSealedTokens<T>({ keys, use, claims, lifetime, now }: TokenUse<T>): SealedTokens<T> {
  const newest = keys[0];
  if (!newest) throw new TypeError("sealing takes at least one secret key");
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
    const known = keys.find((key) => key.kid === kid);
    if (!known) throw new SealedTokenError("foreign");
    return known.key;
  }
}
