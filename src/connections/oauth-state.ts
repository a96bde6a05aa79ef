import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { equalInConstantTime } from "../security/constant-time.ts";
import { deriveKeys } from "../security/derived-keys.ts";
import { createSealedTokens, SealedTokenError } from "../security/sealed-tokens.ts";
import type { UsedStates } from "../store/repositories/used-states.ts";

const WayBack = z.object({
  /** A path of this service. */
  to: z.string().startsWith("/"),
  /** The Clio user who has to be the one that connects, or null for anybody. */
  userId: z.number().nullable(),
});

/** Where a visitor was going before being sent to `/connect`. */
export type WayBack = z.infer<typeof WayBack>;

/** What a visit to `/connect` wants to know again when the browser comes back from Clio. */
export interface Visit {
  /** The setup token, or the token of an invitation, that came with the visit; whether right or wrong. */
  readonly setupToken: string | null;
  readonly wayBack: WayBack | null;
}

/** A `state` that is not accepted, and why. */
export class StateRefusedError extends Error {
  readonly reason: "expired" | "foreign" | "used";

  constructor(reason: StateRefusedError["reason"]) {
    super(`OAuth state refused: ${reason}`);
    this.name = "StateRefusedError";
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
  /** Seals a way back for the address of `/connect`. */
  sealWayBack(wayBack: WayBack): Promise<string>;
  /** Opens it again; null for one that is none of ours, or older than 10 minutes. */
  openWayBack(sealed: string): Promise<WayBack | null>;
}

/** How long a visit to Clio's consent page may take, in seconds. */
export const STATE_LIFETIME_SECONDS = 600;

const State = z.object({
  id: z.string(),
  browser: z.string(),
  setupToken: z.string().nullable(),
  wayBack: WayBack.nullable(),
});

/** Makes the sealing and opening of states with keys of their own. */
export function createOAuthStates(
  secretKeys: readonly Uint8Array[],
  usedStates: UsedStates,
  now: () => number,
): OAuthStates {
  const common = { keys: deriveKeys(secretKeys, "state"), lifetime: STATE_LIFETIME_SECONDS, now };
  const states = createSealedTokens({ ...common, use: "oauth state", claims: State });
  const waysBack = createSealedTokens({ ...common, use: "way back", claims: WayBack });

  return {
    seal(visit, browser) {
      const id = randomBytes(16).toString("base64url");
      return states.seal({ id, browser: fingerprint(browser), ...visit });
    },

    async open(state, browser) {
      const { id, browser: expected, ...visit } = await states.open(state).catch(refused);
      if (browser === null || !equalInConstantTime(expected, fingerprint(browser)))
        throw new StateRefusedError("foreign");
      if (!(await usedStates.consume(id, now() + STATE_LIFETIME_SECONDS * 1000)))
        throw new StateRefusedError("used");
      return visit;
    },

    sealWayBack: (wayBack) => waysBack.seal(wayBack),

    openWayBack: (sealed) => waysBack.open(sealed).catch(() => null),
  };
}

function refused(error: unknown): never {
  throw error instanceof SealedTokenError ? new StateRefusedError(error.reason) : error;
}

function fingerprint(browser: string): string {
  return createHash("sha256").update(browser).digest("base64url");
}
