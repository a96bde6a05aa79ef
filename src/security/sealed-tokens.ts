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
  seal(claims: T, lifetimeSeconds: number): Promise<string>;
  /** Throws `SealedTokenError`. */
  open(token: string): Promise<T>;
}

interface TokenUse<T> {
  /** Encrypts and decrypts. Only one, because tokens needn't outlast a change of `SECRET_KEY`. */
  key: DerivedKey;
  /** What the token is for. A token for another use is refused, even with the same key. */
  use: string;
  claims: z.ZodType<T>;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Creates and reads encrypted JWTs (JWE, `dir` with `A256GCM`, the key's ID in `kid`) for one use. */
export function createSealedTokens<T>({ key, use, claims, now }: TokenUse<T>): SealedTokens<T> {
  const payload = z.object({ claims });
  // From plain bytes, jose would import the key again for each token.
  const importedKey = crypto.subtle.importKey("raw", new Uint8Array(key.key), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);

  return {
    async seal(sealed, lifetimeSeconds) {
      return new EncryptJWT({ claims: sealed })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: key.kid })
        .setAudience(use)
        .setExpirationTime(Math.floor(now() / 1000) + lifetimeSeconds)
        .encrypt(await importedKey);
    },

    async open(token) {
      try {
        const opened = await jwtDecrypt(token, await importedKey, {
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
}
