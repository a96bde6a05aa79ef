import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { z } from "zod";
import { deriveKeys } from "../secret-keys.ts";
import type { UsedStates } from "../store/used-states.ts";

/** What a visit to `/connect` wants to know again when the browser comes back from Clio. */
export interface Visit {
  /** The setup token that came with the visit, whether right or wrong. */
  readonly setupToken: string | null;
}

/** A `state` that is not accepted, and why. */
export class StateRefused extends Error {
  readonly reason: "expired" | "foreign" | "used";

  constructor(reason: StateRefused["reason"]) {
    super(`OAuth state refused: ${reason}`);
    this.name = "StateRefused";
    this.reason = reason;
  }
}

/** The `state` of OAuth: sealed, bound to the browser that began, good for 10 minutes and one use. */
export interface OAuthStates {
  /**
   * Seals a visit for the trip to Clio and back.
   * @param browser the secret in that browser's cookie
   */
  seal(visit: Visit, browser: string): Promise<string>;
  /** Opens it again, once. Throws `StateRefused`. */
  open(state: string, browser: string | null): Promise<Visit>;
}

/** How long a visit to Clio's consent page may take, in seconds. */
export const STATE_LIFETIME = 600;

const Claims = z.object({
  jti: z.string(),
  exp: z.number(),
  browser: z.string(),
  setup_token: z.string().nullable(),
});

/** Makes the sealing and opening of states with keys of their own. */
export function createOAuthStates(
  secretKeys: readonly Uint8Array[],
  usedStates: UsedStates,
  now: () => number,
): OAuthStates {
  const keys = deriveKeys(secretKeys, "state");
  const newest = keys[0];
  if (!newest) throw new TypeError("sealing a state takes at least one secret key");

  return {
    seal({ setupToken }, browser) {
      return new EncryptJWT({ browser: fingerprint(browser), setup_token: setupToken })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: newest.kid })
        .setJti(randomBytes(16).toString("base64url"))
        .setExpirationTime(Math.floor(now() / 1000) + STATE_LIFETIME)
        .encrypt(newest.key);
    },

    async open(state, browser) {
      const claims = await decrypt(state);
      if (browser === null || !sameText(claims.browser, fingerprint(browser)))
        throw new StateRefused("foreign");
      if (!(await usedStates.use(claims.jti, claims.exp * 1000))) throw new StateRefused("used");
      return { setupToken: claims.setup_token };
    },
  };

  async function decrypt(state: string): Promise<z.infer<typeof Claims>> {
    try {
      const { payload } = await jwtDecrypt(
        state,
        ({ kid }) => {
          const known = keys.find((key) => key.kid === kid);
          if (!known) throw new StateRefused("foreign");
          return known.key;
        },
        {
          currentDate: new Date(now()),
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
        },
      );
      return Claims.parse(payload);
    } catch (error) {
      throw new StateRefused(error instanceof errors.JWTExpired ? "expired" : "foreign");
    }
  }
}

function fingerprint(browser: string): string {
  return createHash("sha256").update(browser).digest("base64url");
}

function sameText(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
