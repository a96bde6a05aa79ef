import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { equalInConstantTime } from "../security/constant-time.ts";
import { newestKey } from "../security/derived-keys.ts";
import { createSealedTokens, SealedTokenError } from "../security/sealed-tokens.ts";
import type { UsedStates } from "../store/repositories/used-states.ts";

const ReturnTarget = z.object({
  /** A path of this service. */
  to: z.string().startsWith("/"),
  /** The Clio user who has to connect, or null if any user may. */
  userId: z.number().nullable(),
});

/** The page a visitor was going to when they were sent to `/connect`. */
export type ReturnTarget = z.infer<typeof ReturnTarget>;

/** What has to be remembered of a visit to `/connect` until the browser returns from Clio. */
export interface Visit {
  /** The setup token or invitation from the address, valid or not. */
  readonly setupToken: string | null;
  /** The PKCE verifier for the authorization code; null for a sign-in that began before the service sent challenges. */
  readonly codeVerifier: string | null;
  readonly returnTarget: ReturnTarget | null;
}

/** An OAuth `state` that isn't accepted: expired, from another browser, or already used. */
export class StateRefusedError extends Error {
  readonly reason: "expired" | "foreign" | "used";

  constructor(reason: StateRefusedError["reason"]) {
    super(`OAuth state refused: ${reason}`);
    this.name = "StateRefusedError";
    this.reason = reason;
  }
}

/** The OAuth `state`: encrypted, bound to the browser that started the sign-in, and valid once, for 10 minutes. */
export interface OAuthStates {
  /**
   * Encrypts a visit into a `state`.
   * @param browser the secret in the browser's cookie
   */
  seal(visit: Visit, browser: string): Promise<string>;
  /**
   * Decrypts a `state` and marks it as used. Throws `StateRefusedError`.
   * @param browser the secret in the browser's cookie; null if it sent none
   */
  open(state: string, browser: string | null): Promise<Visit>;
  /** Encrypts a return target for the address of `/connect`. */
  sealReturnTarget(returnTarget: ReturnTarget): Promise<string>;
  /** Decrypts a return target; null if it is forged or older than 10 minutes. */
  openReturnTarget(sealed: string): Promise<ReturnTarget | null>;
}

/** How much time a user has on Clio's consent page. */
export const STATE_LIFETIME_SECONDS = 600;

const STATE_ID_BYTES = 16;

/** Claims keep their names, so that sign-ins survive an upgrade. */
const State = z.object({
  id: z.string(),
  browser: z.string(),
  setupToken: z.string().nullable(),
  verifier: z.string().nullable().default(null),
  wayBack: ReturnTarget.nullable(),
});

/**
 * @param secretKeys only the first one is used
 * @param now epoch milliseconds
 */
export function createOAuthStates(
  secretKeys: readonly Uint8Array[],
  usedStates: UsedStates,
  now: () => number,
): OAuthStates {
  const common = { key: newestKey(secretKeys, "state"), now };
  const states = createSealedTokens({ ...common, use: "oauth state", claims: State });
  const returnTargets = createSealedTokens({ ...common, use: "way back", claims: ReturnTarget });

  return {
    seal({ setupToken, codeVerifier, returnTarget }, browser) {
      const id = randomBytes(STATE_ID_BYTES).toString("base64url");
      const claims = {
        id,
        browser: fingerprint(browser),
        setupToken,
        verifier: codeVerifier,
        wayBack: returnTarget,
      };
      return states.seal(claims, STATE_LIFETIME_SECONDS);
    },

    async open(state, browser) {
      const claims = await states.open(state).catch(refuse);
      const { id, browser: expected, setupToken, verifier: codeVerifier, wayBack: returnTarget } = claims;
      if (browser === null || !equalInConstantTime(expected, fingerprint(browser)))
        throw new StateRefusedError("foreign");
      if (!(await usedStates.consume(id, now() + STATE_LIFETIME_SECONDS * 1000)))
        throw new StateRefusedError("used");
      return { setupToken, codeVerifier, returnTarget };
    },

    sealReturnTarget: (returnTarget) => returnTargets.seal(returnTarget, STATE_LIFETIME_SECONDS),

    openReturnTarget: (sealed) => returnTargets.open(sealed).catch(() => null),
  };
}

function refuse(error: unknown): never {
  throw error instanceof SealedTokenError ? new StateRefusedError(error.reason) : error;
}

function fingerprint(browser: string): string {
  return createHash("sha256").update(browser).digest("base64url");
}
