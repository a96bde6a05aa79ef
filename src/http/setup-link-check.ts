import type { Request } from "express";
import type { SetupToken } from "../connections/setup-token.ts";
import { TooManyRequestsError } from "../errors.ts";
import type { Invitations } from "../store/repositories/invitations.ts";
import { ALL_ADDRESSES, type AttemptLimiters, addressOf } from "./attempt-limits.ts";
import { TurnQueue } from "./turn-queue.ts";

interface SetupLinkCheckParts {
  invitations: Invitations;
  setupToken: SetupToken | null;
  limiters: AttemptLimiters;
}

/** Checks the token of a setup link, and limits guesses. */
export interface SetupLinkCheck {
  /**
   * Whether the token is the setup token or a valid invitation. Throws `TooManyRequestsError` for wrong tokens above the
   * limit of their address, and for any token if too many are waiting to be checked.
   */
  isValid(token: string, request: Request): Promise<boolean>;
  /** Turns away the requests that are waiting. */
  close(): void;
}

/** Chosen so that the longest wait is well below the deadline of a page. */
const CHECK_INTERVAL_MS = 250;
const MAX_WAITING_CHECKS = 30;

/**
 * Wrong tokens are limited by address. After a number of wrong tokens from all addresses together, tokens are checked slowly
 * and one at a time: nothing else limits the guesses of an attacker with many addresses
 * (docs/explanation/security.md, "Connecting"). A valid token waits like all others, because an early answer would
 * give it away. The first token of an address comes before the others, so an operator doesn't wait behind attackers.
 */
export function createSetupLinkCheck({
  invitations,
  setupToken,
  limiters,
}: SetupLinkCheckParts): SetupLinkCheck {
  const { wrongSetupLinks, allWrongSetupLinks } = limiters;
  const queue = new TurnQueue({ intervalMs: CHECK_INTERVAL_MS, maxWaiting: MAX_WAITING_CHECKS });

  return {
    async isValid(token, request) {
      const address = addressOf(request);
      const ofAddress = await wrongSetupLinks.count(address);
      const ofAll = await allWrongSetupLinks.count(ALL_ADDRESSES);
      if (ofAll.isOverLimit && !(await queue.wait(ofAddress.attempts === 1)))
        throw new TooManyRequestsError("Too many setup links are being tried at the moment.", {
          retryAfter: Math.ceil(queue.maxWaitMs / 1000),
        });

      if (setupToken?.matches(token) || (await invitations.isValid(token))) {
        await wrongSetupLinks.takeBack(address);
        await allWrongSetupLinks.takeBack(ALL_ADDRESSES);
        return true;
      }
      if (ofAddress.isOverLimit)
        throw new TooManyRequestsError("Too many invalid setup links were tried from this address.", {
          retryAfter: ofAddress.retryAfter,
        });
      return false;
    },

    close: () => queue.close(),
  };
}
